"""Step 2, word for word: lists of any length come in order from an index, and due households are found by their day."""

SORTED_LISTS = """\
ALTER TABLE household ADD COLUMN walk TEXT;
ALTER TABLE person ADD COLUMN walk TEXT;
ALTER TABLE visit ADD COLUMN walk TEXT;
ALTER TABLE hazard ADD COLUMN walk TEXT;
DROP INDEX visit_visited_at;
DROP INDEX visit_household_id;
CREATE INDEX "visit_household_id" ON "visit" ("household_id", "met", "visited_at") WHERE "household_id" IS NOT NULL;
DROP INDEX hazard_found_at;
DROP INDEX wish_collected_on;
DROP INDEX outbox_record;
CREATE INDEX outbox_record ON outbox (record, n, status);
DROP INDEX outbox_waiting;
CREATE INDEX outbox_waiting ON outbox (scope, n, status) WHERE status <> 'acked';
CREATE INDEX conflict_open ON conflict (op_id) WHERE settled_at IS NULL;
CREATE INDEX outbox_outcome ON outbox (outcome) WHERE outcome IS NOT NULL;
CREATE INDEX "household_order" ON "household" ("walk") WHERE deleted=0;
CREATE INDEX "household_by_last_visited_at" ON "household" ("last_visited_at") WHERE deleted=0;
CREATE INDEX "household_codes" ON "household"
  ("compound_name", "building_no", "unit_no", "room_no", "tenure_code", "household_tags") WHERE deleted=0;
CREATE INDEX "household_due" ON "household" ("visit_due_on") WHERE visit_due_on IS NOT NULL AND deleted=0;
CREATE INDEX "person_order" ON "person" ("walk", "relation_code", "name") WHERE deleted=0;
CREATE INDEX "person_by_name" ON "person" ("name") WHERE deleted=0;
CREATE INDEX "person_by_birth_date" ON "person" ("birth_date") WHERE deleted=0;
CREATE INDEX "person_by_contact" ON "person" ("contact") WHERE deleted=0;
CREATE INDEX "person_codes" ON "person" ("sex_code", "relation_code", "population_type", "care_level") WHERE deleted=0;
CREATE INDEX "person_care" ON "person" ("household_id", "care_level") WHERE care_level IS NOT NULL AND deleted=0;
CREATE INDEX "visit_order" ON "visit" ("visited_at") WHERE deleted=0;
CREATE INDEX "visit_by_household_id" ON "visit" ("walk") WHERE deleted=0;
CREATE INDEX "visit_codes" ON "visit" ("visit_mode", "visit_purpose", "met", "outcome") WHERE deleted=0;
CREATE INDEX "hazard_order" ON "hazard" ("found_at") WHERE deleted=0;
CREATE INDEX "hazard_by_due_on" ON "hazard" ("due_on") WHERE deleted=0;
CREATE INDEX "hazard_codes" ON "hazard" ("place", "hazard_type", "hazard_level", "responsible_unit") WHERE deleted=0;
CREATE INDEX "hazard_status" ON "hazard" (status) WHERE deleted=0;
CREATE INDEX "wish_order" ON "wish" ("collected_on") WHERE deleted=0;
CREATE INDEX "wish_by_claimer_name" ON "wish" ("claimer_name") WHERE deleted=0;
CREATE INDEX "wish_by_promise_due_on" ON "wish" ("promise_due_on") WHERE deleted=0;
CREATE INDEX "wish_codes" ON "wish" ("wish_type") WHERE deleted=0;
CREATE INDEX "wish_status" ON "wish" (status) WHERE deleted=0;
"""
