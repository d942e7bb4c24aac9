CREATE TABLE backups (
    id INTEGER NOT NULL,
    made_at DATETIME NOT NULL,
    file TEXT NOT NULL,
    revision VARCHAR(40) NOT NULL,
    rows BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    CONSTRAINT pk_backups PRIMARY KEY (id)
);

CREATE INDEX ix_backups_made_at ON backups (made_at);

CREATE TABLE books_pace (
    id INTEGER NOT NULL,
    connector VARCHAR(40) NOT NULL,
    books_id TEXT NOT NULL,
    begun TEXT NOT NULL,
    bulk TEXT NOT NULL,
    under_way TEXT NOT NULL,
    wait_until DATETIME,
    CONSTRAINT pk_books_pace PRIMARY KEY (id),
    CONSTRAINT uq_books_pace_connector_books_id UNIQUE (connector, books_id)
);

CREATE TABLE brakes (
    id INTEGER NOT NULL,
    scope VARCHAR(20) NOT NULL,
    subject VARCHAR(120) NOT NULL,
    pulled_at DATETIME NOT NULL,
    pulled_by TEXT NOT NULL,
    reason TEXT,
    released_at DATETIME,
    released_by TEXT,
    CONSTRAINT pk_brakes PRIMARY KEY (id)
);

CREATE UNIQUE INDEX uq_brakes_on ON brakes (scope, subject) WHERE released_at IS NULL;

CREATE TABLE cadence_rounds (
    id INTEGER NOT NULL,
    at DATETIME NOT NULL,
    steady_since DATETIME NOT NULL,
    finished_hour BIGINT NOT NULL,
    heard_at DATETIME,
    open_since DATETIME,
    CONSTRAINT pk_cadence_rounds PRIMARY KEY (id)
);

CREATE TABLE hash_keys (
    id INTEGER NOT NULL,
    name VARCHAR(40) NOT NULL,
    sealed BLOB NOT NULL,
    created_at DATETIME NOT NULL,
    CONSTRAINT pk_hash_keys PRIMARY KEY (id),
    CONSTRAINT uq_hash_keys_name UNIQUE (name)
);

CREATE TABLE operator_tokens (
    id INTEGER NOT NULL,
    public_id VARCHAR(40) NOT NULL,
    name VARCHAR(200) NOT NULL,
    prefix VARCHAR(16) NOT NULL,
    hash BLOB NOT NULL,
    created_at DATETIME NOT NULL,
    expires_at DATETIME,
    revoked_at DATETIME,
    minute BIGINT,
    used INTEGER NOT NULL,
    CONSTRAINT pk_operator_tokens PRIMARY KEY (id),
    CONSTRAINT uq_operator_tokens_public_id UNIQUE (public_id),
    CONSTRAINT uq_operator_tokens_hash UNIQUE (hash)
);

CREATE TABLE self_checks (
    id INTEGER NOT NULL,
    at DATETIME NOT NULL,
    findings TEXT NOT NULL,
    CONSTRAINT pk_self_checks PRIMARY KEY (id)
);

CREATE TABLE tenants (
    id INTEGER NOT NULL,
    public_id VARCHAR(40) NOT NULL,
    slug VARCHAR(63) NOT NULL,
    name VARCHAR(200) NOT NULL,
    time_zone VARCHAR(64) NOT NULL,
    created_at DATETIME NOT NULL,
    data_key BLOB,
    test BOOLEAN NOT NULL,
    CONSTRAINT pk_tenants PRIMARY KEY (id),
    CONSTRAINT uq_tenants_public_id UNIQUE (public_id),
    CONSTRAINT uq_tenants_slug UNIQUE (slug)
);

CREATE TABLE try_counts (
    name VARCHAR(64) NOT NULL,
    tries INTEGER NOT NULL,
    last_at DATETIME NOT NULL,
    wait_until DATETIME,
    CONSTRAINT pk_try_counts PRIMARY KEY (name)
);

CREATE INDEX ix_try_counts_last_at ON try_counts (last_at);

CREATE TABLE unknown_codes (
    id INTEGER NOT NULL,
    connector VARCHAR(40) NOT NULL,
    code VARCHAR(40) NOT NULL,
    version VARCHAR(40) NOT NULL,
    first_at DATETIME NOT NULL,
    last_at DATETIME NOT NULL,
    times BIGINT NOT NULL,
    told_at DATETIME,
    CONSTRAINT pk_unknown_codes PRIMARY KEY (id),
    CONSTRAINT uq_unknown_codes_connector_code UNIQUE (connector, code)
);

CREATE TABLE users (
    id INTEGER NOT NULL,
    public_id VARCHAR(40) NOT NULL,
    email VARCHAR(320) NOT NULL,
    name VARCHAR(200) NOT NULL,
    password_hash VARCHAR(255) NOT NULL,
    staff VARCHAR(40),
    created_at DATETIME NOT NULL,
    password_changed_at DATETIME NOT NULL,
    CONSTRAINT pk_users PRIMARY KEY (id),
    CONSTRAINT uq_users_public_id UNIQUE (public_id),
    CONSTRAINT uq_users_email UNIQUE (email)
);

CREATE TABLE access_codes (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    code_hash BLOB NOT NULL,
    made_by VARCHAR(320) NOT NULL,
    made_at DATETIME NOT NULL,
    expires_at DATETIME NOT NULL,
    tries INTEGER NOT NULL,
    used_at DATETIME,
    used_by VARCHAR(320),
    CONSTRAINT pk_access_codes PRIMARY KEY (id),
    CONSTRAINT fk_access_codes_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_access_codes_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_access_codes_tenant ON access_codes (tenant_id, id);

CREATE TABLE alert_choices (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    causes TEXT NOT NULL,
    CONSTRAINT pk_alert_choices PRIMARY KEY (id),
    CONSTRAINT uq_alert_choices_tenant_id_user_id UNIQUE (tenant_id, user_id),
    CONSTRAINT fk_alert_choices_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT fk_alert_choices_user_id_users FOREIGN KEY(user_id) REFERENCES users (id),
    CONSTRAINT uq_alert_choices_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE TABLE alerts (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    cause VARCHAR(20) NOT NULL,
    subject VARCHAR(40) NOT NULL,
    sentence TEXT NOT NULL,
    opened_at DATETIME NOT NULL,
    told_at DATETIME,
    cleared_at DATETIME,
    CONSTRAINT pk_alerts PRIMARY KEY (id),
    CONSTRAINT fk_alerts_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_alerts_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE UNIQUE INDEX uq_alerts_open ON alerts (tenant_id, cause, subject) WHERE cleared_at IS NULL;

CREATE TABLE api_budgets (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    minute BIGINT NOT NULL,
    used INTEGER NOT NULL,
    CONSTRAINT pk_api_budgets PRIMARY KEY (id),
    CONSTRAINT uq_api_budgets_tenant_id UNIQUE (tenant_id),
    CONSTRAINT fk_api_budgets_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_api_budgets_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE TABLE api_tokens (
    id INTEGER NOT NULL,
    public_id VARCHAR(40) NOT NULL,
    tenant_id INTEGER NOT NULL,
    name VARCHAR(200) NOT NULL,
    prefix VARCHAR(16) NOT NULL,
    hash BLOB NOT NULL,
    scope VARCHAR(40) NOT NULL,
    created_by INTEGER,
    created_at DATETIME NOT NULL,
    last_used_at DATETIME,
    expires_at DATETIME,
    revoked_at DATETIME,
    CONSTRAINT pk_api_tokens PRIMARY KEY (id),
    CONSTRAINT uq_api_tokens_public_id UNIQUE (public_id),
    CONSTRAINT fk_api_tokens_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_api_tokens_hash UNIQUE (hash),
    CONSTRAINT fk_api_tokens_created_by_users FOREIGN KEY(created_by) REFERENCES users (id)
);

CREATE INDEX ix_api_tokens_tenant_id ON api_tokens (tenant_id);

CREATE TABLE audit_entries (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    at DATETIME NOT NULL,
    actor VARCHAR(200) NOT NULL,
    action VARCHAR(80) NOT NULL,
    subject VARCHAR(200) NOT NULL,
    details TEXT NOT NULL,
    sequence INTEGER,
    previous BLOB,
    hash BLOB,
    CONSTRAINT pk_audit_entries PRIMARY KEY (id),
    CONSTRAINT uq_audit_entries_tenant_id_sequence UNIQUE (tenant_id, sequence),
    CONSTRAINT ck_audit_entries_sealed_whole CHECK ((sequence is null) = (hash is null)),
    CONSTRAINT fk_audit_entries_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_audit_entries_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_audit_entries_at ON audit_entries (at);

CREATE TABLE cadences (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    connection_id INTEGER NOT NULL,
    time_zone TEXT NOT NULL,
    week VARCHAR(168) NOT NULL,
    judged_hour BIGINT NOT NULL,
    silent_since DATETIME,
    silence TEXT,
    CONSTRAINT pk_cadences PRIMARY KEY (id),
    CONSTRAINT fk_cadences_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_cadences_connection_id UNIQUE (connection_id)
);

CREATE INDEX ix_cadences_silent ON cadences (connection_id) WHERE silent_since IS NOT NULL;

CREATE TABLE care (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    connection_id INTEGER NOT NULL,
    assigned_to VARCHAR(320),
    snoozed_until DATETIME,
    note TEXT NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at DATETIME NOT NULL,
    CONSTRAINT pk_care PRIMARY KEY (id),
    CONSTRAINT fk_care_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_care_connection_id UNIQUE (connection_id)
);

CREATE INDEX ix_care_assigned_to ON care (assigned_to);

CREATE TABLE closures (
    id INTEGER NOT NULL,
    public_id VARCHAR(40) NOT NULL,
    tenant_id INTEGER,
    calendar VARCHAR(60),
    first_day DATE NOT NULL,
    last_day DATE NOT NULL,
    reason VARCHAR(120) NOT NULL,
    added_at DATETIME NOT NULL,
    added_by TEXT NOT NULL,
    CONSTRAINT pk_closures PRIMARY KEY (id),
    CONSTRAINT ck_closures_whose CHECK ((tenant_id IS NULL) <> (calendar IS NULL)),
    CONSTRAINT uq_closures_public_id UNIQUE (public_id),
    CONSTRAINT fk_closures_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id)
);

CREATE INDEX ix_closures_last_day ON closures (last_day);

CREATE INDEX ix_closures_tenant ON closures (tenant_id, last_day);

CREATE TABLE connection_status (
    id INTEGER NOT NULL,
    connection_id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    connector VARCHAR(40) NOT NULL,
    due_at DATETIME,
    lease BIGINT NOT NULL,
    lease_until DATETIME,
    holder TEXT,
    holder_seen_at DATETIME,
    books_id TEXT,
    last_contact_at DATETIME,
    idle_since DATETIME,
    idle_polls BIGINT NOT NULL,
    denied_at DATETIME,
    denials BIGINT NOT NULL,
    trouble TEXT,
    CONSTRAINT pk_connection_status PRIMARY KEY (id),
    CONSTRAINT uq_connection_status_connection_id UNIQUE (connection_id),
    CONSTRAINT fk_connection_status_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id)
);

CREATE INDEX ix_connection_status_books ON connection_status (connector, books_id);

CREATE INDEX ix_connection_status_due_at ON connection_status (connector, due_at);

CREATE TABLE connections (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    public_id VARCHAR(40) NOT NULL,
    connector VARCHAR(40) NOT NULL,
    name TEXT NOT NULL,
    state VARCHAR(20) NOT NULL,
    books TEXT,
    books_id TEXT,
    bound_at DATETIME,
    bound_by TEXT,
    confirmed_at DATETIME,
    batch_size INTEGER NOT NULL,
    write_ms INTEGER,
    to_forget TEXT,
    seen_books TEXT,
    question TEXT,
    restored_at DATETIME,
    choices TEXT,
    paused_for TEXT,
    followed_from DATETIME,
    followed_until DATETIME,
    changes_asked_at DATETIME,
    changes_wanted_at DATETIME,
    created_at DATETIME NOT NULL,
    created_by TEXT NOT NULL,
    CONSTRAINT pk_connections PRIMARY KEY (id),
    CONSTRAINT uq_connections_tenant_id_name UNIQUE (tenant_id, name),
    CONSTRAINT fk_connections_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_connections_public_id UNIQUE (public_id),
    CONSTRAINT uq_connections_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE TABLE connector_offers (
    id INTEGER NOT NULL,
    connector VARCHAR(40) NOT NULL,
    tenant_id INTEGER,
    offered_at DATETIME NOT NULL,
    offered_by TEXT NOT NULL,
    CONSTRAINT pk_connector_offers PRIMARY KEY (id),
    CONSTRAINT uq_connector_offers_connector_tenant_id UNIQUE (connector, tenant_id),
    CONSTRAINT fk_connector_offers_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id)
);

CREATE TABLE customers (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    public_id VARCHAR(40) NOT NULL,
    version INTEGER NOT NULL,
    external_id VARCHAR(255),
    parent_id INTEGER,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    company_name TEXT,
    email TEXT,
    phone TEXT,
    billing_address TEXT,
    shipping_address TEXT,
    created_at DATETIME NOT NULL,
    updated_at DATETIME NOT NULL,
    CONSTRAINT pk_customers PRIMARY KEY (id),
    CONSTRAINT uq_customers_tenant_id_external_id UNIQUE (tenant_id, external_id),
    CONSTRAINT fk_customers_tenant_id_parent_id_customers FOREIGN KEY(tenant_id, parent_id) REFERENCES customers (tenant_id, id),
    CONSTRAINT fk_customers_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_customers_public_id UNIQUE (public_id),
    CONSTRAINT uq_customers_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_customers_name_key ON customers (tenant_id, name_key, id);

CREATE INDEX ix_customers_parent_id ON customers (tenant_id, parent_id);

CREATE TABLE departures (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    public_id VARCHAR(40) NOT NULL,
    asked_at DATETIME NOT NULL,
    asked_by TEXT NOT NULL,
    due_at DATETIME NOT NULL,
    undone_at DATETIME,
    undone_by TEXT,
    closed_at DATETIME,
    emptied_at DATETIME,
    rows BIGINT NOT NULL,
    people TEXT,
    CONSTRAINT pk_departures PRIMARY KEY (id),
    CONSTRAINT fk_departures_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_departures_public_id UNIQUE (public_id),
    CONSTRAINT uq_departures_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE UNIQUE INDEX uq_departures_open ON departures (tenant_id) WHERE undone_at IS NULL;

CREATE TABLE exports (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    public_id VARCHAR(40) NOT NULL,
    asked_by TEXT NOT NULL,
    asked_at DATETIME NOT NULL,
    place TEXT NOT NULL,
    turn INTEGER NOT NULL,
    parts INTEGER NOT NULL,
    done BIGINT NOT NULL,
    total BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    ready_at DATETIME,
    ends_at DATETIME NOT NULL,
    CONSTRAINT pk_exports PRIMARY KEY (id),
    CONSTRAINT fk_exports_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_exports_public_id UNIQUE (public_id),
    CONSTRAINT uq_exports_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_exports_ends_at ON exports (tenant_id, ends_at);

CREATE TABLE followed_calendars (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    calendar VARCHAR(60) NOT NULL,
    CONSTRAINT pk_followed_calendars PRIMARY KEY (id),
    CONSTRAINT uq_followed_calendars_tenant_id_calendar UNIQUE (tenant_id, calendar),
    CONSTRAINT fk_followed_calendars_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id)
);

CREATE INDEX ix_followed_calendars_calendar ON followed_calendars (calendar);

CREATE TABLE idempotency_keys (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    scope TEXT NOT NULL,
    "key" VARCHAR(255) NOT NULL,
    request_hash VARCHAR(64) NOT NULL,
    status INTEGER,
    result TEXT,
    created_at DATETIME NOT NULL,
    CONSTRAINT pk_idempotency_keys PRIMARY KEY (id),
    CONSTRAINT uq_idempotency_keys_tenant_id_scope_key UNIQUE (tenant_id, scope, "key"),
    CONSTRAINT fk_idempotency_keys_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_idempotency_keys_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_idempotency_keys_created_at ON idempotency_keys (created_at);

CREATE TABLE import_headings (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    kind VARCHAR(12) NOT NULL,
    heading_key TEXT NOT NULL,
    field VARCHAR(40),
    CONSTRAINT pk_import_headings PRIMARY KEY (id),
    CONSTRAINT uq_import_headings_tenant_id_kind_heading_key UNIQUE (tenant_id, kind, heading_key),
    CONSTRAINT fk_import_headings_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_import_headings_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE TABLE imports (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    public_id VARCHAR(40) NOT NULL,
    kind VARCHAR(12) NOT NULL,
    form VARCHAR(4) NOT NULL,
    name TEXT NOT NULL,
    actor TEXT NOT NULL,
    state VARCHAR(12) NOT NULL,
    created_at DATETIME NOT NULL,
    updated_at DATETIME NOT NULL,
    size BIGINT NOT NULL,
    pieces INTEGER NOT NULL,
    encoding VARCHAR(12),
    delimiter VARCHAR(1),
    headings TEXT,
    columns TEXT,
    dates VARCHAR(3),
    decimal_mark VARCHAR(1) NOT NULL,
    read_to BIGINT NOT NULL,
    rows INTEGER NOT NULL,
    entries INTEGER NOT NULL,
    cursor BIGINT NOT NULL,
    new INTEGER NOT NULL,
    same INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    bad INTEGER NOT NULL,
    kept INTEGER NOT NULL,
    undone INTEGER NOT NULL,
    problem TEXT,
    CONSTRAINT pk_imports PRIMARY KEY (id),
    CONSTRAINT fk_imports_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_imports_public_id UNIQUE (public_id),
    CONSTRAINT uq_imports_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_imports_state ON imports (tenant_id, state, id);

CREATE TABLE installs (
    id INTEGER NOT NULL,
    public_id VARCHAR(40) NOT NULL,
    tenant_id INTEGER NOT NULL,
    connection_id INTEGER NOT NULL,
    connector VARCHAR(40) NOT NULL,
    user_name VARCHAR(64) NOT NULL,
    passwords TEXT NOT NULL,
    ended_passwords TEXT,
    file_id VARCHAR(38) NOT NULL,
    program VARCHAR(40),
    machine TEXT,
    invited_at DATETIME,
    opened_at DATETIME,
    first_called_at DATETIME,
    replaces_id INTEGER,
    retired_at DATETIME,
    retired_for VARCHAR(10),
    created_at DATETIME NOT NULL,
    CONSTRAINT pk_installs PRIMARY KEY (id),
    CONSTRAINT uq_installs_public_id UNIQUE (public_id),
    CONSTRAINT fk_installs_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_installs_user_name UNIQUE (user_name)
);

CREATE INDEX ix_installs_connection ON installs (tenant_id, connection_id);

CREATE TABLE invitations (
    id INTEGER NOT NULL,
    public_id VARCHAR(40) NOT NULL,
    tenant_id INTEGER NOT NULL,
    email VARCHAR(320) NOT NULL,
    role VARCHAR(40) NOT NULL,
    hash BLOB NOT NULL,
    invited_by VARCHAR(200) NOT NULL,
    created_at DATETIME NOT NULL,
    expires_at DATETIME NOT NULL,
    accepted_at DATETIME,
    revoked_at DATETIME,
    CONSTRAINT pk_invitations PRIMARY KEY (id),
    CONSTRAINT uq_invitations_public_id UNIQUE (public_id),
    CONSTRAINT fk_invitations_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_invitations_hash UNIQUE (hash)
);

CREATE INDEX ix_invitations_email ON invitations (email);

CREATE UNIQUE INDEX uq_invitations_open ON invitations (tenant_id, email) WHERE accepted_at is null and revoked_at is null;

CREATE TABLE items (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    public_id VARCHAR(40) NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    description TEXT,
    unit_price BIGINT,
    taxable BOOLEAN,
    created_at DATETIME NOT NULL,
    updated_at DATETIME NOT NULL,
    CONSTRAINT pk_items PRIMARY KEY (id),
    CONSTRAINT uq_items_tenant_id_name_key UNIQUE (tenant_id, name_key),
    CONSTRAINT fk_items_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_items_public_id UNIQUE (public_id),
    CONSTRAINT uq_items_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE TABLE mailed_links (
    id INTEGER NOT NULL,
    hash BLOB NOT NULL,
    purpose VARCHAR(40) NOT NULL,
    user_id INTEGER,
    email VARCHAR(320) NOT NULL,
    created_at DATETIME NOT NULL,
    expires_at DATETIME NOT NULL,
    ended_at DATETIME,
    CONSTRAINT pk_mailed_links PRIMARY KEY (id),
    CONSTRAINT uq_mailed_links_hash UNIQUE (hash),
    CONSTRAINT fk_mailed_links_user_id_users FOREIGN KEY(user_id) REFERENCES users (id)
);

CREATE INDEX ix_mailed_links_created_at ON mailed_links (created_at);

CREATE INDEX ix_mailed_links_user_id ON mailed_links (user_id);

CREATE TABLE mails (
    id INTEGER NOT NULL,
    public_id VARCHAR(40) NOT NULL,
    tenant_id INTEGER,
    recipient VARCHAR(320) NOT NULL,
    subject VARCHAR(200) NOT NULL,
    sealed BLOB,
    created_at DATETIME NOT NULL,
    useful_until DATETIME,
    due_at DATETIME NOT NULL,
    attempts INTEGER NOT NULL,
    trouble VARCHAR(500),
    sent_at DATETIME,
    given_up_at DATETIME,
    CONSTRAINT pk_mails PRIMARY KEY (id),
    CONSTRAINT uq_mails_public_id UNIQUE (public_id),
    CONSTRAINT fk_mails_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id)
);

CREATE INDEX ix_mails_created_at ON mails (created_at);

CREATE INDEX ix_mails_tenant_id ON mails (tenant_id);

CREATE INDEX ix_mails_waiting ON mails (due_at) WHERE sent_at is null and given_up_at is null;

CREATE TABLE markings (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    public_id VARCHAR(40) NOT NULL,
    actor TEXT NOT NULL,
    at DATETIME NOT NULL,
    reason TEXT NOT NULL,
    invoices INTEGER NOT NULL,
    marked TEXT NOT NULL,
    CONSTRAINT pk_markings PRIMARY KEY (id),
    CONSTRAINT fk_markings_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_markings_public_id UNIQUE (public_id),
    CONSTRAINT uq_markings_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_markings_at ON markings (tenant_id, at);

CREATE TABLE memberships (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    role VARCHAR(40) NOT NULL,
    created_at DATETIME NOT NULL,
    CONSTRAINT pk_memberships PRIMARY KEY (id),
    CONSTRAINT uq_memberships_tenant_id_user_id UNIQUE (tenant_id, user_id),
    CONSTRAINT fk_memberships_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT fk_memberships_user_id_users FOREIGN KEY(user_id) REFERENCES users (id)
);

CREATE INDEX ix_memberships_user_id ON memberships (user_id);

CREATE TABLE month_reports (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    public_id VARCHAR(40) NOT NULL,
    month DATE NOT NULL,
    made_at DATETIME NOT NULL,
    made_by TEXT NOT NULL,
    invoices INTEGER NOT NULL,
    figures TEXT NOT NULL,
    listing BLOB NOT NULL,
    digest VARCHAR(64) NOT NULL,
    signature VARCHAR(120) NOT NULL,
    CONSTRAINT pk_month_reports PRIMARY KEY (id),
    CONSTRAINT fk_month_reports_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_month_reports_public_id UNIQUE (public_id),
    CONSTRAINT uq_month_reports_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_month_reports_month ON month_reports (tenant_id, month, id);

CREATE TABLE operator_answers (
    id INTEGER NOT NULL,
    token_id INTEGER NOT NULL,
    scope TEXT NOT NULL,
    "key" VARCHAR(255) NOT NULL,
    request_hash VARCHAR(64) NOT NULL,
    sealed BLOB,
    created_at DATETIME NOT NULL,
    CONSTRAINT pk_operator_answers PRIMARY KEY (id),
    CONSTRAINT uq_operator_answers_token_id_scope_key UNIQUE (token_id, scope, "key"),
    CONSTRAINT fk_operator_answers_token_id_operator_tokens FOREIGN KEY(token_id) REFERENCES operator_tokens (id)
);

CREATE INDEX ix_operator_answers_created_at ON operator_answers (created_at);

CREATE TABLE quiet_hours (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    "begin" VARCHAR(5) NOT NULL,
    "end" VARCHAR(5) NOT NULL,
    CONSTRAINT pk_quiet_hours PRIMARY KEY (id),
    CONSTRAINT uq_quiet_hours_tenant_id UNIQUE (tenant_id),
    CONSTRAINT fk_quiet_hours_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_quiet_hours_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE TABLE recovery_codes (
    id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    hash BLOB NOT NULL,
    used_at DATETIME,
    CONSTRAINT pk_recovery_codes PRIMARY KEY (id),
    CONSTRAINT uq_recovery_codes_user_id_hash UNIQUE (user_id, hash),
    CONSTRAINT fk_recovery_codes_user_id_users FOREIGN KEY(user_id) REFERENCES users (id)
);

CREATE TABLE saved_views (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    public_id VARCHAR(40) NOT NULL,
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    shared BOOLEAN NOT NULL,
    "query" TEXT NOT NULL,
    created_at DATETIME NOT NULL,
    CONSTRAINT pk_saved_views PRIMARY KEY (id),
    CONSTRAINT fk_saved_views_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_saved_views_public_id UNIQUE (public_id),
    CONSTRAINT uq_saved_views_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_saved_views_owner ON saved_views (tenant_id, owner, id);

CREATE TABLE second_factors (
    id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    last_step INTEGER,
    created_at DATETIME NOT NULL,
    confirmed_at DATETIME,
    CONSTRAINT pk_second_factors PRIMARY KEY (id),
    CONSTRAINT uq_second_factors_user_id UNIQUE (user_id),
    CONSTRAINT fk_second_factors_user_id_users FOREIGN KEY(user_id) REFERENCES users (id)
);

CREATE TABLE secrets (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    purpose VARCHAR(200) NOT NULL,
    sealed BLOB NOT NULL,
    updated_at DATETIME NOT NULL,
    CONSTRAINT pk_secrets PRIMARY KEY (id),
    CONSTRAINT uq_secrets_tenant_id_purpose UNIQUE (tenant_id, purpose),
    CONSTRAINT fk_secrets_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_secrets_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE TABLE setups (
    id INTEGER NOT NULL,
    public_id VARCHAR(40) NOT NULL,
    tenant_id INTEGER NOT NULL,
    connection_id INTEGER NOT NULL,
    email VARCHAR(320),
    begun_by TEXT NOT NULL,
    begun_at DATETIME NOT NULL,
    watched_until DATETIME NOT NULL,
    link_hash BLOB,
    link_expires_at DATETIME,
    claimed_at DATETIME,
    browsers TEXT NOT NULL,
    code_hash BLOB,
    code_expires_at DATETIME,
    place VARCHAR(10),
    ended_at DATETIME,
    ended_for VARCHAR(10),
    CONSTRAINT pk_setups PRIMARY KEY (id),
    CONSTRAINT uq_setups_public_id UNIQUE (public_id),
    CONSTRAINT fk_setups_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_setups_link_hash UNIQUE (link_hash),
    CONSTRAINT uq_setups_code_hash UNIQUE (code_hash)
);

CREATE INDEX ix_setups_connection ON setups (tenant_id, connection_id, id);

CREATE INDEX ix_setups_watched_until ON setups (watched_until);

CREATE TABLE staff_access (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    public_id VARCHAR(40) NOT NULL,
    user_id INTEGER NOT NULL,
    email VARCHAR(320) NOT NULL,
    kind VARCHAR(10) NOT NULL,
    reason TEXT NOT NULL,
    asked_at DATETIME NOT NULL,
    minutes INTEGER NOT NULL,
    granted_at DATETIME,
    granted_by VARCHAR(320),
    expires_at DATETIME NOT NULL,
    ended_at DATETIME,
    ended_by VARCHAR(320),
    CONSTRAINT pk_staff_access PRIMARY KEY (id),
    CONSTRAINT fk_staff_access_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_staff_access_public_id UNIQUE (public_id),
    CONSTRAINT fk_staff_access_user_id_users FOREIGN KEY(user_id) REFERENCES users (id),
    CONSTRAINT uq_staff_access_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_staff_access_user ON staff_access (tenant_id, user_id, expires_at);

CREATE TABLE state_counts (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    state VARCHAR(20) NOT NULL,
    invoices BIGINT NOT NULL,
    CONSTRAINT pk_state_counts PRIMARY KEY (id),
    CONSTRAINT uq_state_counts_tenant_id_state UNIQUE (tenant_id, state),
    CONSTRAINT fk_state_counts_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_state_counts_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE TABLE taken_books (
    id INTEGER NOT NULL,
    connector VARCHAR(40) NOT NULL,
    books_id TEXT NOT NULL,
    seat BIGINT NOT NULL,
    tenant_id INTEGER NOT NULL,
    connection_id INTEGER NOT NULL,
    CONSTRAINT pk_taken_books PRIMARY KEY (id),
    CONSTRAINT uq_taken_books_connector_books_id_seat UNIQUE (connector, books_id, seat),
    CONSTRAINT fk_taken_books_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id)
);

CREATE INDEX ix_taken_books_connection ON taken_books (tenant_id, connection_id);

CREATE TABLE web_sessions (
    id INTEGER NOT NULL,
    public_id VARCHAR(40) NOT NULL,
    hash BLOB NOT NULL,
    user_id INTEGER NOT NULL,
    stage VARCHAR(40) NOT NULL,
    second_factor BOOLEAN NOT NULL,
    created_at DATETIME NOT NULL,
    last_seen_at DATETIME NOT NULL,
    ip VARCHAR(45) NOT NULL,
    user_agent VARCHAR(400) NOT NULL,
    revoked_at DATETIME,
    CONSTRAINT pk_web_sessions PRIMARY KEY (id),
    CONSTRAINT uq_web_sessions_public_id UNIQUE (public_id),
    CONSTRAINT uq_web_sessions_hash UNIQUE (hash),
    CONSTRAINT fk_web_sessions_user_id_users FOREIGN KEY(user_id) REFERENCES users (id)
);

CREATE INDEX ix_web_sessions_last_seen_at ON web_sessions (last_seen_at);

CREATE INDEX ix_web_sessions_user_id ON web_sessions (user_id);

CREATE TABLE webhook_endpoints (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    public_id VARCHAR(40) NOT NULL,
    url TEXT NOT NULL,
    events TEXT NOT NULL,
    cursor INTEGER NOT NULL,
    created_at DATETIME NOT NULL,
    created_by TEXT NOT NULL,
    failing_since DATETIME,
    disabled_at DATETIME,
    disabled_for TEXT,
    deleted_at DATETIME,
    CONSTRAINT pk_webhook_endpoints PRIMARY KEY (id),
    CONSTRAINT fk_webhook_endpoints_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_webhook_endpoints_public_id UNIQUE (public_id),
    CONSTRAINT uq_webhook_endpoints_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE TABLE billing_settings (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    currency VARCHAR(3) NOT NULL,
    next_number BIGINT NOT NULL,
    default_connection_id INTEGER,
    tolerance_minor BIGINT NOT NULL,
    CONSTRAINT pk_billing_settings PRIMARY KEY (id),
    CONSTRAINT uq_billing_settings_tenant_id UNIQUE (tenant_id),
    CONSTRAINT fk_billing_settings_tenant_id_default_connection_id_connections FOREIGN KEY(tenant_id, default_connection_id) REFERENCES connections (tenant_id, id),
    CONSTRAINT fk_billing_settings_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_billing_settings_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE TABLE connection_starts (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    connection_id INTEGER NOT NULL,
    first_day DATE NOT NULL,
    CONSTRAINT pk_connection_starts PRIMARY KEY (id),
    CONSTRAINT uq_connection_starts_tenant_id_connection_id UNIQUE (tenant_id, connection_id),
    CONSTRAINT fk_connection_starts_tenant_id_connection_id_connections FOREIGN KEY(tenant_id, connection_id) REFERENCES connections (tenant_id, id),
    CONSTRAINT fk_connection_starts_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_connection_starts_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE TABLE exchanges (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    public_id VARCHAR(40) NOT NULL,
    connection_id INTEGER NOT NULL,
    ticket_hash VARCHAR(64),
    fence BIGINT,
    machine TEXT,
    books TEXT,
    identified_at DATETIME,
    stopped TEXT,
    opened_at DATETIME NOT NULL,
    seen_at DATETIME NOT NULL,
    closed_at DATETIME,
    handed_out INTEGER NOT NULL,
    accepted INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    read_back INTEGER NOT NULL,
    CONSTRAINT pk_exchanges PRIMARY KEY (id),
    CONSTRAINT uq_exchanges_tenant_id_ticket_hash UNIQUE (tenant_id, ticket_hash),
    CONSTRAINT fk_exchanges_tenant_id_connection_id_connections FOREIGN KEY(tenant_id, connection_id) REFERENCES connections (tenant_id, id),
    CONSTRAINT fk_exchanges_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_exchanges_public_id UNIQUE (public_id),
    CONSTRAINT uq_exchanges_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_exchanges_connection ON exchanges (tenant_id, connection_id, id);

CREATE INDEX ix_exchanges_seen_at ON exchanges (seen_at);

CREATE TABLE export_parts (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    export_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    content BLOB NOT NULL,
    CONSTRAINT pk_export_parts PRIMARY KEY (id),
    CONSTRAINT uq_export_parts_tenant_id_export_id_position UNIQUE (tenant_id, export_id, position),
    CONSTRAINT fk_export_parts_tenant_id_export_id_exports FOREIGN KEY(tenant_id, export_id) REFERENCES exports (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_export_parts_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_export_parts_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE TABLE import_pieces (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    import_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    content BLOB NOT NULL,
    CONSTRAINT pk_import_pieces PRIMARY KEY (id),
    CONSTRAINT uq_import_pieces_tenant_id_import_id_position UNIQUE (tenant_id, import_id, position),
    CONSTRAINT fk_import_pieces_tenant_id_import_id_imports FOREIGN KEY(tenant_id, import_id) REFERENCES imports (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_import_pieces_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_import_pieces_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE TABLE import_rows (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    import_id INTEGER NOT NULL,
    place INTEGER NOT NULL,
    entry INTEGER NOT NULL,
    entry_key TEXT,
    content TEXT NOT NULL,
    outcome VARCHAR(8),
    identity TEXT,
    number_key TEXT,
    made VARCHAR(40),
    made_version INTEGER,
    complaints TEXT,
    CONSTRAINT pk_import_rows PRIMARY KEY (id),
    CONSTRAINT uq_import_rows_tenant_id_import_id_place UNIQUE (tenant_id, import_id, place),
    CONSTRAINT fk_import_rows_tenant_id_import_id_imports FOREIGN KEY(tenant_id, import_id) REFERENCES imports (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_import_rows_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_import_rows_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_import_rows_entry ON import_rows (tenant_id, import_id, entry, place);

CREATE INDEX ix_import_rows_identity ON import_rows (tenant_id, import_id, identity);

CREATE INDEX ix_import_rows_key ON import_rows (tenant_id, import_id, entry_key);

CREATE INDEX ix_import_rows_number ON import_rows (tenant_id, import_id, number_key);

CREATE INDEX ix_import_rows_outcome ON import_rows (tenant_id, import_id, outcome, place);

CREATE TABLE invoices (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    public_id VARCHAR(40) NOT NULL,
    version INTEGER NOT NULL,
    external_id VARCHAR(255),
    content_hash VARCHAR(64),
    number TEXT NOT NULL,
    number_key TEXT NOT NULL,
    state VARCHAR(20) NOT NULL,
    not_sent TEXT,
    deleted_at DATETIME,
    customer_id INTEGER NOT NULL,
    connection_id INTEGER,
    date DATE NOT NULL,
    due_date DATE,
    ship_date DATE,
    currency VARCHAR(3) NOT NULL,
    bill_to TEXT,
    ship_to TEXT,
    service_location TEXT,
    email TEXT,
    phone TEXT,
    po_number TEXT,
    terms TEXT,
    rep TEXT,
    accounting_class TEXT,
    department TEXT,
    tax_code TEXT,
    message TEXT,
    memo TEXT,
    custom TEXT,
    payments TEXT,
    subtotal_minor BIGINT NOT NULL,
    tax_minor BIGINT,
    total_minor BIGINT NOT NULL,
    problems TEXT,
    person_edits TEXT,
    billing_content TEXT,
    replaces_id INTEGER,
    additional_by TEXT,
    created_at DATETIME NOT NULL,
    updated_at DATETIME NOT NULL,
    CONSTRAINT pk_invoices PRIMARY KEY (id),
    CONSTRAINT fk_invoices_tenant_id_customer_id_customers FOREIGN KEY(tenant_id, customer_id) REFERENCES customers (tenant_id, id),
    CONSTRAINT fk_invoices_tenant_id_connection_id_connections FOREIGN KEY(tenant_id, connection_id) REFERENCES connections (tenant_id, id),
    CONSTRAINT fk_invoices_tenant_id_replaces_id_invoices FOREIGN KEY(tenant_id, replaces_id) REFERENCES invoices (tenant_id, id),
    CONSTRAINT fk_invoices_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_invoices_public_id UNIQUE (public_id),
    CONSTRAINT uq_invoices_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_invoices_connection ON invoices (tenant_id, connection_id, date, id);

CREATE INDEX ix_invoices_customer ON invoices (tenant_id, customer_id, date, id);

CREATE INDEX ix_invoices_edited ON invoices (tenant_id, state, id) WHERE person_edits IS NOT NULL;

CREATE INDEX ix_invoices_list ON invoices (tenant_id, date, id);

CREATE INDEX ix_invoices_month ON invoices (tenant_id, date, state, currency, total_minor, deleted_at, not_sent) WHERE deleted_at IS NULL AND not_sent IS NULL;

CREATE INDEX ix_invoices_not_sent ON invoices (tenant_id, date) WHERE not_sent IS NOT NULL;

CREATE INDEX ix_invoices_prepaid ON invoices (tenant_id, date, id) WHERE payments IS NOT NULL;

CREATE INDEX ix_invoices_replaces ON invoices (tenant_id, replaces_id) WHERE replaces_id IS NOT NULL;

CREATE INDEX ix_invoices_state ON invoices (tenant_id, state, date, id);

CREATE INDEX ix_invoices_total ON invoices (tenant_id, total_minor, id);

CREATE INDEX ix_invoices_updated ON invoices (tenant_id, updated_at, id);

CREATE INDEX ix_invoices_with_problems ON invoices (tenant_id, state, id) WHERE problems IS NOT NULL;

CREATE UNIQUE INDEX uq_invoices_external_id ON invoices (tenant_id, external_id) WHERE deleted_at IS NULL;

CREATE UNIQUE INDEX uq_invoices_number ON invoices (tenant_id, number_key) WHERE deleted_at IS NULL;

CREATE TABLE issued_files (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    install_id INTEGER NOT NULL,
    connection_id INTEGER NOT NULL,
    file TEXT NOT NULL,
    public_url TEXT NOT NULL,
    at DATETIME NOT NULL,
    issued_by TEXT NOT NULL,
    issued_to TEXT NOT NULL,
    CONSTRAINT pk_issued_files PRIMARY KEY (id),
    CONSTRAINT fk_issued_files_tenant_id_connection_id_connections FOREIGN KEY(tenant_id, connection_id) REFERENCES connections (tenant_id, id),
    CONSTRAINT fk_issued_files_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_issued_files_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_issued_files_connection ON issued_files (tenant_id, connection_id, id);

CREATE TABLE links (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    connection_id INTEGER NOT NULL,
    kind VARCHAR(20) NOT NULL,
    "key" TEXT NOT NULL,
    name TEXT NOT NULL,
    state VARCHAR(10) NOT NULL,
    books_id TEXT,
    books_name TEXT,
    chosen_by TEXT,
    batch_id INTEGER,
    position INTEGER,
    problem TEXT,
    checked_at DATETIME NOT NULL,
    CONSTRAINT pk_links PRIMARY KEY (id),
    CONSTRAINT uq_links_tenant_id_connection_id_kind_key UNIQUE (tenant_id, connection_id, kind, "key"),
    CONSTRAINT fk_links_tenant_id_connection_id_connections FOREIGN KEY(tenant_id, connection_id) REFERENCES connections (tenant_id, id),
    CONSTRAINT fk_links_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_links_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_links_batch ON links (tenant_id, batch_id);

CREATE INDEX ix_links_books ON links (tenant_id, connection_id, kind, books_id);

CREATE TABLE mending_rules (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    public_id VARCHAR(40) NOT NULL,
    connection_id INTEGER NOT NULL,
    code VARCHAR(40) NOT NULL,
    field VARCHAR(120) NOT NULL,
    way VARCHAR(20) NOT NULL,
    made_by TEXT NOT NULL,
    made_at DATETIME NOT NULL,
    CONSTRAINT pk_mending_rules PRIMARY KEY (id),
    CONSTRAINT uq_mending_rules_tenant_id_connection_id_code_field UNIQUE (tenant_id, connection_id, code, field),
    CONSTRAINT fk_mending_rules_tenant_id_connection_id_connections FOREIGN KEY(tenant_id, connection_id) REFERENCES connections (tenant_id, id),
    CONSTRAINT fk_mending_rules_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_mending_rules_public_id UNIQUE (public_id),
    CONSTRAINT uq_mending_rules_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE TABLE oauth_grants (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    public_id VARCHAR(40) NOT NULL,
    connector VARCHAR(40) NOT NULL,
    state VARCHAR(40) NOT NULL,
    connection_id INTEGER,
    name TEXT NOT NULL,
    nonce BLOB NOT NULL,
    browser BLOB NOT NULL,
    initiator TEXT NOT NULL,
    asked_at DATETIME NOT NULL,
    ends_at DATETIME,
    given_at DATETIME,
    books_id TEXT,
    books TEXT,
    version INTEGER NOT NULL,
    turn BIGINT NOT NULL,
    turn_until DATETIME,
    access_ends_at DATETIME,
    refresh_ends_at DATETIME,
    grant_ends_at DATETIME,
    renewed_at DATETIME,
    ended_at DATETIME,
    ended_text TEXT,
    CONSTRAINT pk_oauth_grants PRIMARY KEY (id),
    CONSTRAINT fk_oauth_grants_tenant_id_connection_id_connections FOREIGN KEY(tenant_id, connection_id) REFERENCES connections (tenant_id, id),
    CONSTRAINT fk_oauth_grants_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_oauth_grants_public_id UNIQUE (public_id),
    CONSTRAINT uq_oauth_grants_nonce UNIQUE (nonce),
    CONSTRAINT uq_oauth_grants_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_oauth_grants_books ON oauth_grants (connector, books_id);

CREATE INDEX ix_oauth_grants_connection ON oauth_grants (tenant_id, connection_id);

CREATE INDEX ix_oauth_grants_ends_at ON oauth_grants (ends_at);

CREATE UNIQUE INDEX uq_oauth_grants_login ON oauth_grants (tenant_id, connection_id) WHERE state IN ('live', 'ended');

CREATE TABLE observed_calls (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    connection_id INTEGER NOT NULL,
    install_id INTEGER NOT NULL,
    at DATETIME NOT NULL,
    call VARCHAR(60) NOT NULL,
    sentence TEXT NOT NULL,
    tone VARCHAR(10) NOT NULL,
    step VARCHAR(20),
    code VARCHAR(40),
    program VARCHAR(40),
    said TEXT,
    answered TEXT,
    CONSTRAINT pk_observed_calls PRIMARY KEY (id),
    CONSTRAINT fk_observed_calls_tenant_id_connection_id_connections FOREIGN KEY(tenant_id, connection_id) REFERENCES connections (tenant_id, id),
    CONSTRAINT fk_observed_calls_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_observed_calls_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_observed_calls_at ON observed_calls (tenant_id, at);

CREATE INDEX ix_observed_calls_connection ON observed_calls (tenant_id, connection_id, id);

CREATE TABLE rates (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    public_id VARCHAR(40) NOT NULL,
    item_id INTEGER NOT NULL,
    customer_id INTEGER,
    unit TEXT,
    price BIGINT NOT NULL,
    first_day DATE NOT NULL,
    last_day DATE,
    created_at DATETIME NOT NULL,
    updated_at DATETIME NOT NULL,
    CONSTRAINT pk_rates PRIMARY KEY (id),
    CONSTRAINT fk_rates_tenant_id_item_id_items FOREIGN KEY(tenant_id, item_id) REFERENCES items (tenant_id, id),
    CONSTRAINT fk_rates_tenant_id_customer_id_customers FOREIGN KEY(tenant_id, customer_id) REFERENCES customers (tenant_id, id),
    CONSTRAINT fk_rates_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_rates_public_id UNIQUE (public_id),
    CONSTRAINT uq_rates_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_rates_customer ON rates (tenant_id, customer_id);

CREATE UNIQUE INDEX uq_rates_for_all ON rates (tenant_id, item_id, first_day) WHERE customer_id IS NULL;

CREATE UNIQUE INDEX uq_rates_for_one ON rates (tenant_id, item_id, customer_id, first_day) WHERE customer_id IS NOT NULL;

CREATE TABLE routing_rules (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    public_id VARCHAR(40) NOT NULL,
    position INTEGER NOT NULL,
    field VARCHAR(20) NOT NULL,
    value TEXT NOT NULL,
    value_key TEXT NOT NULL,
    connection_id INTEGER NOT NULL,
    CONSTRAINT pk_routing_rules PRIMARY KEY (id),
    CONSTRAINT uq_routing_rules_tenant_id_field_value_key UNIQUE (tenant_id, field, value_key),
    CONSTRAINT fk_routing_rules_tenant_id_connection_id_connections FOREIGN KEY(tenant_id, connection_id) REFERENCES connections (tenant_id, id),
    CONSTRAINT fk_routing_rules_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_routing_rules_public_id UNIQUE (public_id),
    CONSTRAINT uq_routing_rules_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE TABLE sendings (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    public_id VARCHAR(40) NOT NULL,
    connection_id INTEGER NOT NULL,
    actor TEXT NOT NULL,
    at DATETIME NOT NULL,
    invoices INTEGER NOT NULL,
    told_at DATETIME,
    CONSTRAINT pk_sendings PRIMARY KEY (id),
    CONSTRAINT fk_sendings_tenant_id_connection_id_connections FOREIGN KEY(tenant_id, connection_id) REFERENCES connections (tenant_id, id),
    CONSTRAINT fk_sendings_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_sendings_public_id UNIQUE (public_id),
    CONSTRAINT uq_sendings_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_sendings_untold ON sendings (tenant_id, id) WHERE told_at IS NULL;

CREATE TABLE tallies (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    connection_id INTEGER NOT NULL,
    slot DATETIME NOT NULL,
    currency VARCHAR(3) NOT NULL,
    accepted INTEGER NOT NULL,
    accepted_minor BIGINT NOT NULL,
    refused INTEGER NOT NULL,
    refused_minor BIGINT NOT NULL,
    within_2 INTEGER NOT NULL,
    within_5 INTEGER NOT NULL,
    within_10 INTEGER NOT NULL,
    within_20 INTEGER NOT NULL,
    within_60 INTEGER NOT NULL,
    within_240 INTEGER NOT NULL,
    longer INTEGER NOT NULL,
    CONSTRAINT pk_tallies PRIMARY KEY (id),
    CONSTRAINT uq_tallies_tenant_id_connection_id_slot_currency UNIQUE (tenant_id, connection_id, slot, currency),
    CONSTRAINT fk_tallies_tenant_id_connection_id_connections FOREIGN KEY(tenant_id, connection_id) REFERENCES connections (tenant_id, id),
    CONSTRAINT fk_tallies_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_tallies_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_tallies_slot ON tallies (tenant_id, slot);

CREATE TABLE twin_entries (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    connection_id INTEGER NOT NULL,
    kind VARCHAR(20) NOT NULL,
    books_id TEXT NOT NULL,
    name TEXT NOT NULL,
    "key" TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    revision TEXT,
    details TEXT,
    pass_number INTEGER NOT NULL,
    CONSTRAINT pk_twin_entries PRIMARY KEY (id),
    CONSTRAINT uq_twin_entries_tenant_id_connection_id_kind_books_id UNIQUE (tenant_id, connection_id, kind, books_id),
    CONSTRAINT fk_twin_entries_tenant_id_connection_id_connections FOREIGN KEY(tenant_id, connection_id) REFERENCES connections (tenant_id, id),
    CONSTRAINT fk_twin_entries_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_twin_entries_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_twin_entries_key ON twin_entries (tenant_id, connection_id, kind, "key");

CREATE TABLE twin_lists (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    connection_id INTEGER NOT NULL,
    kind VARCHAR(20) NOT NULL,
    generation BIGINT NOT NULL,
    watermark DATETIME,
    read_at DATETIME,
    full_at DATETIME,
    wanted_at DATETIME,
    pass_number INTEGER NOT NULL,
    pass_exchange_id INTEGER,
    pass_began_at DATETIME,
    pass_since DATETIME,
    pass_newest DATETIME,
    page TEXT,
    pages INTEGER NOT NULL,
    trouble TEXT,
    CONSTRAINT pk_twin_lists PRIMARY KEY (id),
    CONSTRAINT uq_twin_lists_tenant_id_connection_id_kind UNIQUE (tenant_id, connection_id, kind),
    CONSTRAINT fk_twin_lists_tenant_id_connection_id_connections FOREIGN KEY(tenant_id, connection_id) REFERENCES connections (tenant_id, id),
    CONSTRAINT fk_twin_lists_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_twin_lists_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE TABLE webhook_deliveries (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    public_id VARCHAR(40) NOT NULL,
    endpoint_id INTEGER NOT NULL,
    type VARCHAR(40) NOT NULL,
    payload TEXT NOT NULL,
    created_at DATETIME NOT NULL,
    due_at DATETIME NOT NULL,
    attempts INTEGER NOT NULL,
    status INTEGER,
    said VARCHAR(300),
    delivered_at DATETIME,
    given_up_at DATETIME,
    CONSTRAINT pk_webhook_deliveries PRIMARY KEY (id),
    CONSTRAINT fk_webhook_deliveries_tenant_id_endpoint_id_webhook_endpoints FOREIGN KEY(tenant_id, endpoint_id) REFERENCES webhook_endpoints (tenant_id, id),
    CONSTRAINT fk_webhook_deliveries_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_webhook_deliveries_public_id UNIQUE (public_id),
    CONSTRAINT uq_webhook_deliveries_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_webhook_deliveries_created_at ON webhook_deliveries (tenant_id, created_at);

CREATE INDEX ix_webhook_deliveries_due ON webhook_deliveries (due_at) WHERE delivered_at IS NULL AND given_up_at IS NULL;

CREATE INDEX ix_webhook_deliveries_endpoint ON webhook_deliveries (tenant_id, endpoint_id, id);

CREATE TABLE applied_fixes (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    invoice_id INTEGER NOT NULL,
    press VARCHAR(40) NOT NULL,
    columns TEXT NOT NULL,
    "before" TEXT NOT NULL,
    edits TEXT,
    version INTEGER NOT NULL,
    actor TEXT NOT NULL,
    at DATETIME NOT NULL,
    CONSTRAINT pk_applied_fixes PRIMARY KEY (id),
    CONSTRAINT uq_applied_fixes_tenant_id_press_invoice_id UNIQUE (tenant_id, press, invoice_id),
    CONSTRAINT fk_applied_fixes_tenant_id_invoice_id_invoices FOREIGN KEY(tenant_id, invoice_id) REFERENCES invoices (tenant_id, id),
    CONSTRAINT fk_applied_fixes_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_applied_fixes_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_applied_fixes_at ON applied_fixes (tenant_id, at);

CREATE INDEX ix_applied_fixes_invoice ON applied_fixes (tenant_id, invoice_id);

CREATE TABLE book_states (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    invoice_id INTEGER NOT NULL,
    connection_id INTEGER NOT NULL,
    kind VARCHAR(20) NOT NULL,
    books_id TEXT,
    number TEXT,
    total_minor BIGINT,
    balance_minor BIGINT,
    since DATETIME NOT NULL,
    seen_at DATETIME NOT NULL,
    CONSTRAINT pk_book_states PRIMARY KEY (id),
    CONSTRAINT uq_book_states_tenant_id_invoice_id UNIQUE (tenant_id, invoice_id),
    CONSTRAINT fk_book_states_tenant_id_invoice_id_invoices FOREIGN KEY(tenant_id, invoice_id) REFERENCES invoices (tenant_id, id),
    CONSTRAINT fk_book_states_tenant_id_connection_id_connections FOREIGN KEY(tenant_id, connection_id) REFERENCES connections (tenant_id, id),
    CONSTRAINT fk_book_states_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_book_states_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_book_states_kind ON book_states (tenant_id, kind, id);

CREATE TABLE dismissals (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    invoice_id INTEGER NOT NULL,
    kind VARCHAR(20) NOT NULL,
    mark VARCHAR(80) NOT NULL,
    press VARCHAR(40) NOT NULL,
    reason TEXT NOT NULL,
    actor TEXT NOT NULL,
    at DATETIME NOT NULL,
    CONSTRAINT pk_dismissals PRIMARY KEY (id),
    CONSTRAINT uq_dismissals_tenant_id_invoice_id_kind UNIQUE (tenant_id, invoice_id, kind),
    CONSTRAINT fk_dismissals_tenant_id_invoice_id_invoices FOREIGN KEY(tenant_id, invoice_id) REFERENCES invoices (tenant_id, id),
    CONSTRAINT fk_dismissals_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_dismissals_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_dismissals_press ON dismissals (tenant_id, press);

CREATE TABLE invoice_lines (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    invoice_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    kind VARCHAR(10) NOT NULL,
    item TEXT,
    description TEXT,
    quantity BIGINT,
    unit_price BIGINT,
    percent BIGINT,
    amount_minor BIGINT,
    taxable BOOLEAN,
    accounting_class TEXT,
    service_date DATE,
    custom TEXT,
    CONSTRAINT pk_invoice_lines PRIMARY KEY (id),
    CONSTRAINT uq_invoice_lines_tenant_id_invoice_id_position UNIQUE (tenant_id, invoice_id, position),
    CONSTRAINT fk_invoice_lines_tenant_id_invoice_id_invoices FOREIGN KEY(tenant_id, invoice_id) REFERENCES invoices (tenant_id, id),
    CONSTRAINT fk_invoice_lines_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_invoice_lines_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE TABLE invoice_words (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    invoice_id INTEGER NOT NULL,
    word VARCHAR(40) NOT NULL,
    CONSTRAINT pk_invoice_words PRIMARY KEY (id),
    CONSTRAINT uq_invoice_words_tenant_id_word_invoice_id UNIQUE (tenant_id, word, invoice_id),
    CONSTRAINT fk_invoice_words_tenant_id_invoice_id_invoices FOREIGN KEY(tenant_id, invoice_id) REFERENCES invoices (tenant_id, id),
    CONSTRAINT fk_invoice_words_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_invoice_words_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_invoice_words_invoice ON invoice_words (tenant_id, invoice_id);

CREATE TABLE misplaced (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    connection_id INTEGER NOT NULL,
    invoice_id INTEGER NOT NULL,
    kind VARCHAR(20) NOT NULL,
    "key" TEXT NOT NULL,
    books_id TEXT NOT NULL,
    books_name TEXT NOT NULL,
    noted_at DATETIME NOT NULL,
    done VARCHAR(20),
    done_at DATETIME,
    done_by TEXT,
    CONSTRAINT pk_misplaced PRIMARY KEY (id),
    CONSTRAINT uq_misplaced_tenant_id_connection_id_kind_key_invoice_id UNIQUE (tenant_id, connection_id, kind, "key", invoice_id),
    CONSTRAINT fk_misplaced_tenant_id_connection_id_connections FOREIGN KEY(tenant_id, connection_id) REFERENCES connections (tenant_id, id),
    CONSTRAINT fk_misplaced_tenant_id_invoice_id_invoices FOREIGN KEY(tenant_id, invoice_id) REFERENCES invoices (tenant_id, id),
    CONSTRAINT fk_misplaced_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_misplaced_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_misplaced_invoice ON misplaced (tenant_id, invoice_id);

CREATE TABLE postings (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    public_id VARCHAR(40) NOT NULL,
    invoice_id INTEGER NOT NULL,
    connection_id INTEGER NOT NULL,
    sending_id INTEGER NOT NULL,
    state VARCHAR(10) NOT NULL,
    document BLOB NOT NULL,
    document_hash VARCHAR(64) NOT NULL,
    number TEXT NOT NULL,
    queued_at DATETIME NOT NULL,
    not_before DATETIME,
    batch_id INTEGER,
    position INTEGER,
    handed_out_at DATETIME,
    settled_at DATETIME,
    looked_for_at DATETIME,
    number_looked_for_at DATETIME,
    anyway BOOLEAN NOT NULL,
    is_already TEXT,
    take_back BOOLEAN NOT NULL,
    unproved_at DATETIME,
    problem TEXT,
    CONSTRAINT pk_postings PRIMARY KEY (id),
    CONSTRAINT fk_postings_tenant_id_invoice_id_invoices FOREIGN KEY(tenant_id, invoice_id) REFERENCES invoices (tenant_id, id),
    CONSTRAINT fk_postings_tenant_id_connection_id_connections FOREIGN KEY(tenant_id, connection_id) REFERENCES connections (tenant_id, id),
    CONSTRAINT fk_postings_tenant_id_sending_id_sendings FOREIGN KEY(tenant_id, sending_id) REFERENCES sendings (tenant_id, id),
    CONSTRAINT fk_postings_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_postings_public_id UNIQUE (public_id),
    CONSTRAINT uq_postings_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_postings_batch ON postings (tenant_id, batch_id);

CREATE INDEX ix_postings_invoice ON postings (tenant_id, invoice_id, id);

CREATE INDEX ix_postings_queue ON postings (tenant_id, connection_id, state, id);

CREATE INDEX ix_postings_sending ON postings (tenant_id, sending_id, state);

CREATE UNIQUE INDEX uq_postings_live ON postings (tenant_id, invoice_id) WHERE state IN ('in_doubt', 'posted', 'queued', 'sending');

CREATE TABLE sync_batches (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    "key" VARCHAR(20) NOT NULL,
    connection_id INTEGER NOT NULL,
    exchange_id INTEGER NOT NULL,
    purpose VARCHAR(10) NOT NULL,
    about_id INTEGER,
    state VARCHAR(10) NOT NULL,
    operations INTEGER NOT NULL,
    writes INTEGER NOT NULL,
    subjects TEXT,
    contents BLOB,
    request BLOB,
    answer BLOB,
    sent_at DATETIME NOT NULL,
    answered_at DATETIME,
    settled_at DATETIME,
    asked_at DATETIME,
    looked_at DATETIME,
    CONSTRAINT pk_sync_batches PRIMARY KEY (id),
    CONSTRAINT fk_sync_batches_tenant_id_connection_id_connections FOREIGN KEY(tenant_id, connection_id) REFERENCES connections (tenant_id, id),
    CONSTRAINT fk_sync_batches_tenant_id_exchange_id_exchanges FOREIGN KEY(tenant_id, exchange_id) REFERENCES exchanges (tenant_id, id),
    CONSTRAINT fk_sync_batches_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_sync_batches_key UNIQUE ("key"),
    CONSTRAINT uq_sync_batches_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_sync_batches_exchange ON sync_batches (tenant_id, exchange_id);

CREATE INDEX ix_sync_batches_open ON sync_batches (tenant_id, connection_id, state);

CREATE INDEX ix_sync_batches_settled_at ON sync_batches (settled_at);

CREATE TABLE timeline_entries (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    invoice_id INTEGER NOT NULL,
    at DATETIME NOT NULL,
    kind VARCHAR(40) NOT NULL,
    actor TEXT NOT NULL,
    details TEXT,
    CONSTRAINT pk_timeline_entries PRIMARY KEY (id),
    CONSTRAINT fk_timeline_entries_tenant_id_invoice_id_invoices FOREIGN KEY(tenant_id, invoice_id) REFERENCES invoices (tenant_id, id),
    CONSTRAINT fk_timeline_entries_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_timeline_entries_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_timeline_entries_invoice ON timeline_entries (tenant_id, invoice_id, id);

CREATE INDEX ix_timeline_entries_seldom ON timeline_entries (tenant_id, kind, at) WHERE kind IN ('judged_impossible', 'left_unproved', 'push_refused', 'refused');

CREATE TABLE transcripts (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    connection_id INTEGER NOT NULL,
    exchange_id INTEGER NOT NULL,
    at DATETIME NOT NULL,
    direction VARCHAR(4) NOT NULL,
    label VARCHAR(60) NOT NULL,
    size INTEGER NOT NULL,
    body BLOB NOT NULL,
    details TEXT,
    CONSTRAINT pk_transcripts PRIMARY KEY (id),
    CONSTRAINT fk_transcripts_tenant_id_exchange_id_exchanges FOREIGN KEY(tenant_id, exchange_id) REFERENCES exchanges (tenant_id, id),
    CONSTRAINT fk_transcripts_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_transcripts_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_transcripts_connection ON transcripts (tenant_id, connection_id, id);

CREATE INDEX ix_transcripts_exchange ON transcripts (tenant_id, exchange_id);

CREATE TABLE receipts (
    id INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    posting_id INTEGER NOT NULL,
    invoice_id INTEGER NOT NULL,
    books_id TEXT NOT NULL,
    number TEXT,
    total_minor BIGINT,
    tax_minor BIGINT,
    balance_minor BIGINT,
    revision TEXT,
    warning TEXT,
    accepted_at DATETIME NOT NULL,
    read_at DATETIME NOT NULL,
    wanted_at DATETIME,
    differs VARCHAR(20),
    CONSTRAINT pk_receipts PRIMARY KEY (id),
    CONSTRAINT uq_receipts_tenant_id_posting_id UNIQUE (tenant_id, posting_id),
    CONSTRAINT fk_receipts_tenant_id_posting_id_postings FOREIGN KEY(tenant_id, posting_id) REFERENCES postings (tenant_id, id),
    CONSTRAINT fk_receipts_tenant_id_invoice_id_invoices FOREIGN KEY(tenant_id, invoice_id) REFERENCES invoices (tenant_id, id),
    CONSTRAINT fk_receipts_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_receipts_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_receipts_accepted_at ON receipts (tenant_id, accepted_at, id);

CREATE INDEX ix_receipts_books_id ON receipts (tenant_id, books_id);

CREATE INDEX ix_receipts_differs ON receipts (tenant_id, id) WHERE differs IS NOT NULL;

CREATE INDEX ix_receipts_invoice ON receipts (tenant_id, invoice_id);

CREATE INDEX ix_receipts_number ON receipts (tenant_id, number);

CREATE INDEX ix_receipts_read_at ON receipts (tenant_id, read_at);

CREATE INDEX ix_receipts_wanted_at ON receipts (tenant_id, wanted_at) WHERE wanted_at IS NOT NULL;

CREATE INDEX ix_receipts_without_figures ON receipts (tenant_id, posting_id) WHERE total_minor IS NULL;

CREATE TRIGGER lock_invoice_update BEFORE UPDATE ON invoices FOR EACH ROW WHEN OLD.state = 'synced' OR (NEW.state <> 'synced' AND EXISTS (SELECT 1 FROM postings p WHERE p.tenant_id = OLD.tenant_id AND p.invoice_id = OLD.id AND p.state = 'posted')) BEGIN SELECT RAISE(ABORT, 'dray: locked: an invoice that the books have accepted takes no change'); END;

CREATE TRIGGER lock_invoice_delete BEFORE DELETE ON invoices FOR EACH ROW WHEN (OLD.state = 'synced' OR EXISTS (SELECT 1 FROM postings p WHERE p.tenant_id = OLD.tenant_id AND p.invoice_id = OLD.id AND p.state = 'posted')) AND NOT EXISTS (SELECT 1 FROM tenants t WHERE t.id = OLD.tenant_id AND t.test) BEGIN SELECT RAISE(ABORT, 'dray: locked: an invoice that the books have accepted takes no change'); END;

CREATE TRIGGER lock_line_insert BEFORE INSERT ON invoice_lines FOR EACH ROW WHEN EXISTS (SELECT 1 FROM invoices i WHERE i.tenant_id = NEW.tenant_id AND i.id = NEW.invoice_id AND i.state = 'synced') BEGIN SELECT RAISE(ABORT, 'dray: locked: a line of an invoice that the books have accepted takes no change'); END;

CREATE TRIGGER lock_line_update BEFORE UPDATE ON invoice_lines FOR EACH ROW WHEN EXISTS (SELECT 1 FROM invoices i WHERE i.tenant_id = OLD.tenant_id AND i.id = OLD.invoice_id AND i.state = 'synced') OR EXISTS (SELECT 1 FROM invoices i WHERE i.tenant_id = NEW.tenant_id AND i.id = NEW.invoice_id AND i.state = 'synced') BEGIN SELECT RAISE(ABORT, 'dray: locked: a line of an invoice that the books have accepted takes no change'); END;

CREATE TRIGGER lock_line_delete BEFORE DELETE ON invoice_lines FOR EACH ROW WHEN EXISTS (SELECT 1 FROM invoices i WHERE i.tenant_id = OLD.tenant_id AND i.id = OLD.invoice_id AND i.state = 'synced') AND NOT EXISTS (SELECT 1 FROM tenants t WHERE t.id = OLD.tenant_id AND t.test) BEGIN SELECT RAISE(ABORT, 'dray: locked: a line of an invoice that the books have accepted takes no change'); END;

CREATE TRIGGER lock_posting_update BEFORE UPDATE ON postings FOR EACH ROW WHEN OLD.state = 'posted' BEGIN SELECT RAISE(ABORT, 'dray: locked: a posting that the books have accepted takes no change'); END;

CREATE TRIGGER lock_posting_delete BEFORE DELETE ON postings FOR EACH ROW WHEN OLD.state = 'posted' AND NOT EXISTS (SELECT 1 FROM tenants t WHERE t.id = OLD.tenant_id AND t.test) BEGIN SELECT RAISE(ABORT, 'dray: locked: a posting that the books have accepted takes no change'); END;

CREATE TRIGGER lock_posting_document BEFORE UPDATE ON postings FOR EACH ROW WHEN NEW.document IS NOT OLD.document OR NEW.document_hash IS NOT OLD.document_hash OR NEW.invoice_id IS NOT OLD.invoice_id OR NEW.connection_id IS NOT OLD.connection_id OR NEW.tenant_id IS NOT OLD.tenant_id BEGIN SELECT RAISE(ABORT, 'dray: locked: the document of a posting never changes'); END;

CREATE TRIGGER lock_tenant_test BEFORE UPDATE ON tenants FOR EACH ROW WHEN NEW.test IS NOT OLD.test BEGIN SELECT RAISE(ABORT, 'dray: locked: a test company stays one, and no other company becomes one'); END;
