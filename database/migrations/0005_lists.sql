-- Up Migration
-- The orders that lists are read in, newest first; trades_newest serves the list of trades.

CREATE INDEX orders_newest ON orders (created_at DESC, client_order_id DESC);
CREATE INDEX trades_attention ON trades (accepted_at DESC, id DESC) WHERE attention IS NOT NULL;

-- Down Migration
DROP INDEX orders_newest, trades_attention;
