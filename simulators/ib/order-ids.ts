/** Order ids of each client: the next one is above every one that it has used, unless the broker forgets. */
export class OrderIds {
  private readonly highest = new Map<number, number>();

  next(clientId: number): number {
    return (this.highest.get(clientId) ?? 0) + 1;
  }

  /** True for an id that is above all that the client has used. */
  isNew(clientId: number, orderId: number): boolean {
    return orderId >= this.next(clientId);
  }

  use(clientId: number, orderId: number): void {
    this.highest.set(clientId, Math.max(orderId, this.highest.get(clientId) ?? 0));
  }

  /** The broker forgets the last ids of a client, as after a restart: it gives them out once more. */
  rollBack(clientId: number, count: number): void {
    this.highest.set(clientId, Math.max(0, (this.highest.get(clientId) ?? 0) - count));
  }

  rollAllBack(count: number): void {
    for (const clientId of this.highest.keys()) this.rollBack(clientId, count);
  }
}
