-- The live rows that users read, and the same columns as V2 computed them.

create table meal_logs (
  id uuid primary key,
  user_id text not null,
  food_item text not null,
  meal_type text not null,
  consumed_at timestamptz not null,
  calories numeric(8,2) not null,
  protein_g numeric(8,2) not null,
  fat_g numeric(8,2) not null,
  carbs_g numeric(8,2) not null,
  ai_raw jsonb,
  image_id text,
  landing_type text not null,
  slot text,
  event text,
  totals jsonb,
  meta jsonb not null,
  is_deleted boolean not null default false,
  row_version integer not null default 1
);

-- A skipped meal has no totals here. meta.log_id names the live row: no foreign key, for the shadow outlives it.
create table meal_logs_v2_shadow (
  id uuid primary key,
  user_id text not null,
  food_item text not null,
  meal_type text not null,
  consumed_at timestamptz not null,
  calories numeric(8,2),
  protein_g numeric(8,2),
  fat_g numeric(8,2),
  carbs_g numeric(8,2),
  ai_raw jsonb,
  image_id text,
  landing_type text not null,
  slot text,
  event text,
  totals jsonb,
  meta jsonb not null,
  is_deleted boolean not null default false,
  row_version integer not null default 1
);
