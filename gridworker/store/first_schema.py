"""The schema of the first release, word for word; `migrations.py` runs it and nothing changes it any more."""

FIRST_SCHEMA = """\
CREATE TABLE record_index (
  row_id INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  ledger TEXT NOT NULL
);
CREATE TABLE outbox (
  seq INTEGER PRIMARY KEY,
  op_id TEXT NOT NULL UNIQUE,
  n INTEGER NOT NULL,
  scope TEXT NOT NULL,
  device TEXT NOT NULL,
  incarnation INTEGER NOT NULL,
  ledger TEXT NOT NULL,
  record TEXT NOT NULL,
  kind TEXT NOT NULL,
  schema INTEGER NOT NULL,
  base_rev INTEGER NOT NULL,
  "set" TEXT,
  elements TEXT,
  command TEXT,
  occurred_at TEXT NOT NULL,
  actor TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'pending',
  outcome TEXT,
  code TEXT,
  detail TEXT,
  batch TEXT,
  UNIQUE (scope, device, incarnation, n)
);
CREATE INDEX outbox_record ON outbox (record, n);
CREATE INDEX outbox_waiting ON outbox (scope, n) WHERE status <> 'acked';
CREATE INDEX outbox_batch ON outbox (batch) WHERE batch IS NOT NULL;
CREATE TABLE base (
  record TEXT PRIMARY KEY,
  ledger TEXT NOT NULL,
  grid_code TEXT NOT NULL,
  body TEXT NOT NULL,
  status TEXT NOT NULL,
  revision INTEGER NOT NULL,
  deleted INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE conflict (
  op_id TEXT NOT NULL,
  field TEXT NOT NULL,
  record TEXT NOT NULL,
  ledger TEXT NOT NULL,
  scope TEXT NOT NULL,
  mine TEXT NOT NULL,
  theirs TEXT NOT NULL,
  their_author TEXT NOT NULL,
  code TEXT NOT NULL,
  at TEXT NOT NULL,
  settled_at TEXT,
  PRIMARY KEY (op_id, field)
) WITHOUT ROWID;
CREATE INDEX conflict_record ON conflict (record);
CREATE TABLE cursor (
  scope TEXT PRIMARY KEY,
  upto TEXT NOT NULL,
  epoch TEXT NOT NULL DEFAULT '',
  at TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE people (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  grid_code TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE draft (
  key TEXT PRIMARY KEY,
  ledger TEXT NOT NULL,
  raw TEXT NOT NULL,
  at TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE history (
  n INTEGER PRIMARY KEY,
  record TEXT NOT NULL,
  at TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  verb TEXT NOT NULL,
  event TEXT NOT NULL DEFAULT '',
  op_id TEXT,
  changes TEXT,
  reason TEXT NOT NULL DEFAULT '',
  from_status TEXT NOT NULL DEFAULT '',
  to_status TEXT NOT NULL DEFAULT ''
);
CREATE INDEX history_record ON history (record);
CREATE TABLE audit (
  seq INTEGER PRIMARY KEY,
  at TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  verb TEXT NOT NULL,
  ledger TEXT NOT NULL,
  record TEXT NOT NULL,
  detail TEXT NOT NULL,
  hash BLOB NOT NULL
);
CREATE TRIGGER audit_keeps_rows BEFORE DELETE ON audit BEGIN SELECT raise(ABORT, 'audit is append-only'); END;
CREATE TRIGGER audit_keeps_words BEFORE UPDATE ON audit BEGIN SELECT raise(ABORT, 'audit is append-only'); END;
CREATE TABLE import_batch (
  id TEXT PRIMARY KEY,
  ledger TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  at TEXT NOT NULL,
  source TEXT NOT NULL,
  counts TEXT NOT NULL,
  undone_at TEXT
) WITHOUT ROWID;
CREATE VIRTUAL TABLE search_index USING fts5(names, texts, rooms, numbers, pinyin, whole,
  content='', contentless_delete=1, tokenize='unicode61');
CREATE TABLE "household" (
  row_id INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  grid_code TEXT NOT NULL,
  status TEXT NOT NULL,
  revision INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  "record_no" TEXT,
  "recorded_by" TEXT,
  "recorded_at" TEXT,
  "source_channel" TEXT,
  "attachments" TEXT,
  "remark" TEXT,
  "household_no" TEXT,
  "compound_name" TEXT,
  "building_no" TEXT,
  "unit_no" TEXT,
  "room_no" TEXT,
  "head_person_id" TEXT,
  "register_no" TEXT,
  "register_consistency" TEXT,
  "tenure_code" TEXT,
  "household_tags" TEXT,
  "grid_worker_id" TEXT,
  "building_lead_id" TEXT,
  "notice_given_on" TEXT,
  "last_visited_at" TEXT,
  "visit_due_on" TEXT,
  extra TEXT
);
CREATE INDEX "household_head_person_id" ON "household" ("head_person_id") WHERE "head_person_id" IS NOT NULL;
CREATE INDEX "household_building_lead_id" ON "household" ("building_lead_id") WHERE "building_lead_id" IS NOT NULL;
CREATE INDEX "household_household_no" ON "household" ("household_no");
CREATE TABLE "person" (
  row_id INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  grid_code TEXT NOT NULL,
  status TEXT NOT NULL,
  revision INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  "record_no" TEXT,
  "recorded_by" TEXT,
  "recorded_at" TEXT,
  "source_channel" TEXT,
  "attachments" TEXT,
  "remark" TEXT,
  "household_id" TEXT,
  "name" TEXT,
  "sex_code" TEXT,
  "birth_date" TEXT,
  "id_type" TEXT,
  "id_no" TEXT,
  "population_type" TEXT,
  "relation_code" TEXT,
  "register_division" TEXT,
  "register_address" TEXT,
  "residence_address" TEXT,
  "contact" TEXT,
  "workplace" TEXT,
  "nationality_code" TEXT,
  "marital_code" TEXT,
  "education_code" TEXT,
  "political_code" TEXT,
  "left_behind_type" TEXT,
  "care_categories" TEXT,
  "care_level" TEXT,
  "health_code" TEXT,
  "disability_type" TEXT,
  "disability_level" TEXT,
  "guardian_person_id" TEXT,
  "emergency_contact" TEXT,
  "emergency_phone" TEXT,
  extra TEXT
);
CREATE INDEX "person_household_id" ON "person" ("household_id") WHERE "household_id" IS NOT NULL;
CREATE INDEX "person_guardian_person_id" ON "person" ("guardian_person_id") WHERE "guardian_person_id" IS NOT NULL;
CREATE TABLE "visit" (
  row_id INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  grid_code TEXT NOT NULL,
  status TEXT NOT NULL,
  revision INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  "record_no" TEXT,
  "recorded_by" TEXT,
  "recorded_at" TEXT,
  "source_channel" TEXT,
  "attachments" TEXT,
  "remark" TEXT,
  "visited_at" TEXT,
  "visit_mode" TEXT,
  "visit_purpose" TEXT,
  "campaign_id" TEXT,
  "household_id" TEXT,
  "interviewee_id" TEXT,
  "visitor_ids" TEXT,
  "met" INTEGER,
  "unmet_reason" TEXT,
  "change_note" TEXT,
  "raised_issue" TEXT,
  "publicity_topics" TEXT,
  "hazard_found" INTEGER,
  "outcome" TEXT,
  "linked_record_ids" TEXT,
  "satisfaction" TEXT,
  "follow_up_on" TEXT,
  extra TEXT
);
CREATE INDEX "visit_campaign_id" ON "visit" ("campaign_id") WHERE "campaign_id" IS NOT NULL;
CREATE INDEX "visit_household_id" ON "visit" ("household_id") WHERE "household_id" IS NOT NULL;
CREATE INDEX "visit_interviewee_id" ON "visit" ("interviewee_id") WHERE "interviewee_id" IS NOT NULL;
CREATE INDEX "visit_visited_at" ON "visit" ("visited_at");
CREATE TABLE "hazard" (
  row_id INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  grid_code TEXT NOT NULL,
  status TEXT NOT NULL,
  revision INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  "record_no" TEXT,
  "recorded_by" TEXT,
  "recorded_at" TEXT,
  "source_channel" TEXT,
  "attachments" TEXT,
  "remark" TEXT,
  "found_at" TEXT,
  "place" TEXT,
  "place_type" TEXT,
  "hazard_type" TEXT,
  "description" TEXT,
  "hazard_level" TEXT,
  "photos_before" TEXT,
  "fixed_on_site" INTEGER,
  "responsible_unit" TEXT,
  "responsible_person" TEXT,
  "responsible_contact" TEXT,
  "measure" TEXT,
  "fund" TEXT,
  "due_on" TEXT,
  "contingency_plan" TEXT,
  "notice_no" TEXT,
  "rectified_on" TEXT,
  "photos_after" TEXT,
  "rechecked_by" TEXT,
  "rechecked_on" TEXT,
  "recheck_result" TEXT,
  "closed_on" TEXT,
  "listed_supervision" INTEGER,
  "household_id" TEXT,
  "visit_id" TEXT,
  extra TEXT
);
CREATE INDEX "hazard_household_id" ON "hazard" ("household_id") WHERE "household_id" IS NOT NULL;
CREATE INDEX "hazard_visit_id" ON "hazard" ("visit_id") WHERE "visit_id" IS NOT NULL;
CREATE INDEX "hazard_found_at" ON "hazard" ("found_at");
CREATE TABLE "wish" (
  row_id INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  grid_code TEXT NOT NULL,
  status TEXT NOT NULL,
  revision INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  "record_no" TEXT,
  "recorded_by" TEXT,
  "recorded_at" TEXT,
  "source_channel" TEXT,
  "attachments" TEXT,
  "remark" TEXT,
  "collected_on" TEXT,
  "collect_mode" TEXT,
  "wisher_person_id" TEXT,
  "public_alias" TEXT,
  "wisher_group" TEXT,
  "hardship_note" TEXT,
  "wish_type" TEXT,
  "content" TEXT,
  "est_amount" TEXT,
  "review_mode" TEXT,
  "reviewed_by" TEXT,
  "review_result" TEXT,
  "review_note" TEXT,
  "claimer_name" TEXT,
  "claimer_org" TEXT,
  "claimed_on" TEXT,
  "promise_due_on" TEXT,
  "contacted_on" TEXT,
  "fulfilled_on" TEXT,
  "fulfil_note" TEXT,
  "actual_amount" TEXT,
  "photo_consent" INTEGER,
  "follow_up_on" TEXT,
  "follow_up_mode" TEXT,
  "satisfaction" TEXT,
  "publicity_from" TEXT,
  "publicity_to" TEXT,
  "publicity_objection" TEXT,
  "next_round_priority" INTEGER,
  extra TEXT
);
CREATE INDEX "wish_wisher_person_id" ON "wish" ("wisher_person_id") WHERE "wisher_person_id" IS NOT NULL;
CREATE INDEX "wish_collected_on" ON "wish" ("collected_on");
"""
