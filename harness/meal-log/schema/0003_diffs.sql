-- V2 minus legacy: one row a log, and one row a phase, user and local date that is recomputed in place.

create table diffs (
  id uuid primary key,
  ts timestamptz not null,
  phase text not null,
  user_id text not null,
  log_id uuid references meal_logs (id),
  date date not null,
  dkcal integer not null,
  dp double precision not null,
  df double precision not null,
  dc double precision not null,
  rel_p double precision,
  rel_f double precision,
  rel_c double precision,
  level text not null check (level in ('record', 'day')),
  details jsonb not null,
  constraint diffs_log_level unique (log_id, level),
  constraint diffs_log_at_record check ((level = 'record') = (log_id is not null))
);

create unique index diffs_one_day on diffs (phase, user_id, date) where level = 'day';

-- What the day's recomputation reads.
create index diffs_records_of_day on diffs (user_id, date, phase) where level = 'record';
