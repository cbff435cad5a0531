/**
 * The tables that a fleet meets in, made by whoever comes first. Workers stand in one of their own, with the time they
 * were last heard of by the database's clock: connections would tell less, since poolers keep and share them.
 */
export const TABLES = `
create schema if not exists golem_fleet;
create table if not exists golem_fleet.orders (
  id text primary key,
  content jsonb not null
);
create table if not exists golem_fleet.tallies (
  order_id text not null references golem_fleet.orders (id) on delete cascade,
  job text not null,
  tally bytea not null,
  users bytea,
  primary key (order_id, job)
);
create table if not exists golem_fleet.failures (
  order_id text not null references golem_fleet.orders (id) on delete cascade,
  job text not null,
  failure jsonb not null,
  primary key (order_id, job)
);
create table if not exists golem_fleet.progress (
  order_id text not null references golem_fleet.orders (id) on delete cascade,
  job text not null,
  records bigint not null,
  breaches bigint not null,
  share double precision not null,
  primary key (order_id, job)
);
create table if not exists golem_fleet.workers (
  id uuid primary key,
  seen timestamptz not null
);
create table if not exists golem_fleet.refusals (
  order_id text not null references golem_fleet.orders (id) on delete cascade,
  reason text not null,
  primary key (order_id, reason)
)`;
