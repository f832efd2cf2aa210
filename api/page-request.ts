import type { PageRequest } from '../database/cursor';

const ROWS_A_PAGE = 50;

/** The page that a list's query asks for. */
export function pageRequest(query: {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}): PageRequest {
  return { limit: query.limit ?? ROWS_A_PAGE, ...(query.cursor === undefined ? {} : { cursor: query.cursor }) };
}
