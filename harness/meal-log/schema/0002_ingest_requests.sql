-- One row a remembered idempotency key. log_id has no foreign key: a key outlives its log, and a repeat whose log is
-- gone must be told so.

create table ingest_requests (
  id uuid primary key,
  user_id text not null,
  request_key text not null,
  log_id uuid not null,
  created_at timestamptz not null,
  constraint ingest_requests_user_key unique (user_id, request_key)
);
