/** A secret of an installation, or a group that is changed together. Names only: a value is never here, nor anywhere near. */
export interface SecretEntry {
  /** Small letters, digits and hyphens. */
  readonly name: string;
  /** Who changes it. */
  readonly owner: string;
  /** Settings that hold it: it is in use while one of them is set. */
  readonly settings: readonly string[];
  readonly periodDays: number;
  /** The heading in docs/secrets-rotation.md that says how. */
  readonly procedure: string;
}

/** A secret is changed after so many days unless its entry says otherwise. */
export const PERIOD_DAYS = 90;
const operations = { owner: 'operations', periodDays: PERIOD_DAYS } as const;
const trading = { owner: 'trading', periodDays: PERIOD_DAYS } as const;

/**
 * The secrets that come by settings. API keys and the keys of accounts at exchanges are read from the database, one by one;
 * see `DYNAMIC_PROCEDURES`.
 */
export const SECRETS: readonly SecretEntry[] = [
  { name: 'database-password', settings: ['DATABASE_URL'], procedure: 'database-password', ...operations },
  {
    name: 'temporal-certificate',
    settings: ['TEMPORAL_TLS_CLIENT_KEY_PATH'],
    procedure: 'temporal-certificate',
    ...operations,
  },
  { name: 'model-key', settings: ['OPENAI_API_KEY'], procedure: 'model-keys', ...trading },
  {
    name: 'alert-webhook',
    settings: ['ALERT_WEBHOOK_URL', 'REPORT_WEBHOOK_URL'],
    procedure: 'alert-tokens',
    ...operations,
  },
  {
    name: 'slack-webhooks',
    settings: ['SLACK_WEBHOOK_URL', 'SLACK_CRITICAL_WEBHOOK_URL'],
    procedure: 'alert-tokens',
    ...operations,
  },
  { name: 'pagerduty-key', settings: ['PAGERDUTY_ROUTING_KEY'], procedure: 'alert-tokens', ...operations },
  { name: 'mail-login', settings: ['SMTP_URL'], procedure: 'alert-tokens', ...operations },
  { name: 'backup-age-key', settings: ['BACKUP_AGE_RECIPIENT'], procedure: 'age-keys', ...operations },
  {
    name: 'backup-storage-keys',
    settings: ['AWS_SECRET_ACCESS_KEY'],
    procedure: 'backup-storage-keys',
    ...operations,
  },
];

/** Where the procedures of the secrets stand that the database knows. */
export const DYNAMIC_PROCEDURES = {
  apiKey: 'api-keys',
  broker: 'broker-keys',
  reportKey: 'report-signing-key',
} as const;

/** The secrets whose settings are set; `isSet` tells that, and never a value. */
export function secretsInUse(isSet: (setting: string) => boolean): readonly SecretEntry[] {
  return SECRETS.filter(({ settings }) => settings.some(isSet));
}
