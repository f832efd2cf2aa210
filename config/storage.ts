import type { FlatSettings } from './settings-schema';

/** Object storage for backups, from the variables that Amazon's own programs read. */
export interface StorageSettings {
  readonly bucket: string;
  /** What every key begins with. */
  readonly prefix: string;
  readonly region: string;
  readonly endpoint?: string;
  /** Absent: the library looks in the other places that Amazon's programs know. */
  readonly credentials?: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  /** How the storage is to encrypt what lies there; absent: it is not asked. */
  readonly encryption?: 'AES256' | 'aws:kms';
}

/** The storage of the settings; undefined when there is none. */
export function storageSettings(flat: FlatSettings): StorageSettings | undefined {
  const bucket = flat.AWS_S3_BACKUP_BUCKET;
  if (bucket === undefined) return undefined;
  const { S3_ENDPOINT: endpoint, S3_SERVER_SIDE_ENCRYPTION: encryption, AWS_SESSION_TOKEN: sessionToken } = flat;
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = flat;
  const credentials =
    accessKeyId === undefined || secretAccessKey === undefined
      ? undefined
      : { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
  return {
    bucket,
    prefix: flat.AWS_S3_BACKUP_PREFIX,
    region: flat.AWS_REGION ?? flat.AWS_DEFAULT_REGION ?? 'us-east-1',
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(encryption === 'none' ? {} : { encryption }),
  };
}

/** Rules between these settings. */
export function storageProblems(
  flat: FlatSettings,
): { readonly name: 'AWS_ACCESS_KEY_ID' | 'AWS_SECRET_ACCESS_KEY'; readonly rule: string }[] {
  const [id, secret] = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as const;
  // Keys that are in the environment for another program are none of our business.
  if (flat.AWS_S3_BACKUP_BUCKET === undefined || (flat[id] === undefined) === (flat[secret] === undefined)) return [];
  const [missing, there] = flat[id] === undefined ? [id, secret] : [secret, id];
  return [{ name: missing, rule: `must be set together with ${there}` }];
}
