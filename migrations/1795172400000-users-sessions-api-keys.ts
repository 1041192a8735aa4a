import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who may do what. Secrets are kept as hashes only. */
export class UsersSessionsApiKeys1795172400000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- email is stored normalised (trimmed, lower case, NFC), so a plain unique constraint compares without case.
      CREATE TABLE users (
        id             uuid           CONSTRAINT users_pkey PRIMARY KEY,
        email          text           NOT NULL CONSTRAINT users_email_unique UNIQUE,
        password_hash  text           NOT NULL,
        first_name     text,
        last_name      text,
        role           text           NOT NULL CONSTRAINT users_role_known CHECK (role IN ('customer', 'admin', 'superadmin')),
        email_verified boolean        NOT NULL DEFAULT false,
        last_login_at  timestamptz(3),
        version        integer        NOT NULL,
        created_at     timestamptz(3) NOT NULL,
        updated_at     timestamptz(3) NOT NULL
      );

      -- A login and everything that was refreshed from it.
      CREATE TABLE sessions (
        id         uuid           CONSTRAINT sessions_pkey PRIMARY KEY,
        user_id    uuid           NOT NULL CONSTRAINT sessions_user_exists REFERENCES users (id) ON DELETE CASCADE,
        created_at timestamptz(3) NOT NULL,
        revoked_at timestamptz(3)
      );
      CREATE INDEX sessions_user ON sessions (user_id);

      CREATE TABLE refresh_tokens (
        token_hash bytea          CONSTRAINT refresh_tokens_pkey PRIMARY KEY,
        session_id uuid           NOT NULL CONSTRAINT refresh_tokens_session_exists REFERENCES sessions (id) ON DELETE CASCADE,
        issued_at  timestamptz(3) NOT NULL,
        expires_at timestamptz(3) NOT NULL,
        spent_at   timestamptz(3)
      );
      CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id);

      CREATE TABLE api_keys (
        id           uuid           CONSTRAINT api_keys_pkey PRIMARY KEY,
        lookup       text           NOT NULL CONSTRAINT api_keys_lookup_unique UNIQUE,
        key_hash     bytea          NOT NULL,
        name         text           NOT NULL,
        scopes       text[]         NOT NULL,
        created_by   text           NOT NULL,
        expires_at   timestamptz(3),
        last_used_at timestamptz(3),
        revoked_at   timestamptz(3),
        created_at   timestamptz(3) NOT NULL
      );

      -- History is append-only but for one purpose: taking personal data out of it when a person asks for that.
      CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF TG_OP = 'UPDATE' AND current_setting('quittance.redacting', true) = 'on' THEN RETURN NEW; END IF;
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
      END $$;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
      END $$;
      DROP TABLE api_keys, refresh_tokens, sessions, users;
    `);
  }
}
