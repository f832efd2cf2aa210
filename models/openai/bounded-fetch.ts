/** The endpoint sent more than anybody reads. */
class AnswerTooLong extends Error {
  constructor(most: number) {
    super(`the answer is longer than ${most} bytes`);
    this.name = 'AnswerTooLong';
  }
}

/** A fetch that follows no redirect and whose body fails with `AnswerTooLong` past `most` bytes: an endless answer fills no memory. */
export function boundedFetch(most: number): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, { ...init, redirect: 'error' });
    if (response.body === null) return response;
    let read = 0;
    const counted = response.body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          read += chunk.byteLength;
          if (read > most) controller.error(new AnswerTooLong(most));
          else controller.enqueue(chunk);
        },
      }),
    );
    const { status, statusText, headers } = response;
    return new Response(counted, { status, statusText, headers });
  };
}
