/** Makes a switch exhaustive: a new case of a union then fails to compile where it is not handled. */
export function assertNever(value: never): never {
  throw new Error(`unhandled case: ${JSON.stringify(value)}`);
}
