import type { ClientOrderId } from '../domain/order/order';
import type { OrderNumber, OrderNumbers } from '../domain/order/order-numbers';
import { firstOf } from './pool';
import type { Queryable } from './pool';

/** The numbers of one client of one account's venue, in PostgreSQL. */
export class PostgresOrderNumbers implements OrderNumbers {
  /** @param last the largest number that the venue takes */
  constructor(
    private readonly database: Queryable,
    private readonly account: string,
    private readonly clientId: number,
    private readonly last: number,
  ) {}

  async draw(clientOrderId: ClientOrderId, floor: number): Promise<OrderNumber> {
    const { rows } = await this.database.query<{ drawn: OrderNumber | null }>(
      'SELECT draw_order_number($1, $2, $3, $4, $5) AS drawn',
      [this.account, this.clientId, clientOrderId, floor, this.last],
    );
    return this.left(firstOf(rows, 'draw_order_number').drawn);
  }

  async redraw(clientOrderId: ClientOrderId, spent: number, floor: number): Promise<OrderNumber | undefined> {
    const { rows } = await this.database.query<{ drawn: OrderNumber | { readonly refused: true } | null }>(
      'SELECT redraw_order_number($1, $2, $3, $4, $5, $6) AS drawn',
      [this.account, this.clientId, clientOrderId, spent, floor, this.last],
    );
    const drawn = this.left(firstOf(rows, 'redraw_order_number').drawn);
    return 'refused' in drawn ? undefined : drawn;
  }

  async of(clientOrderIds: readonly ClientOrderId[]): Promise<ReadonlyMap<ClientOrderId, OrderNumber>> {
    const { rows } = await this.database.query<OrderNumber & { readonly id: ClientOrderId }>(
      `SELECT DISTINCT ON (client_order_id) client_order_id AS id, number, iso(drawn_at) AS "drawnAt"
       FROM venue_order_numbers WHERE account = $1 AND client_id = $2 AND client_order_id = ANY ($3)
       ORDER BY client_order_id, number DESC`,
      [this.account, this.clientId, clientOrderIds],
    );
    return new Map(rows.map(({ id, number, drawnAt }) => [id, { number, drawnAt }]));
  }

  private left<T>(drawn: T | null): T {
    if (drawn === null) throw new RangeError(`client ${this.clientId} of ${this.account} has no order numbers left`);
    return drawn;
  }
}
