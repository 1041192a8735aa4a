import type { IntegrityCheck } from '#ports/integrity.js';

export const tariffsAppendOnly: IntegrityCheck = {
  name: 'tariffs-append-only',
  description:
    'Tariffs are numbered without gaps, none has changed since it was published, and the last one is in force.',
  checked: 'tariffs',
  violations: `
    SELECT coalesce(t.version, c.version, 0)::text AS id, c.version AS "inForce" FROM tariff_current c
    FULL JOIN (SELECT version, body, body_hash, row_number() OVER (ORDER BY version) AS n, max(version) OVER () AS last FROM tariffs) t ON true
    WHERE c.version IS NULL
       OR (t.version IS NULL AND c.version <> 0)
       OR t.version <> t.n OR t.last <> c.version OR t.body_hash <> sha256(convert_to(t.body::text, 'UTF8'))`,
};
