import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createSecretKey,
  randomBytes,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/** Where a session lives: the replica's incarnation and the server's own id for it. */
export interface SessionPlace {
  readonly instance: string;
  readonly uid: string;
  /** The id that the server gave. */
  readonly id: string;
}

/** To whom a session belongs; a sealed id opens for exactly the same binding. */
export interface SessionBinding {
  readonly kind: 'adapter' | 'tool';
  readonly name: string;
  /** Of the resource, so that a re-made one of the same name has no old sessions. */
  readonly uid: string;
  readonly principal: string;
}

/** Turns the place of a session into the only id that a client sees, and back; keeps nothing that matters. */
export interface SessionSeal {
  /** Undefined for an id that no server may give (not visible ASCII, or too long). */
  seal: (place: SessionPlace, binding: SessionBinding) => string | undefined;
  /** Undefined for anything that was not sealed for this binding by one of the keys, or is too old. */
  open: (sealed: string, binding: SessionBinding) => SessionPlace | undefined;
}

/** Options of `sessionSeal`. */
export interface SessionSealOptions {
  /** Keys of 32 bytes each; the first seals, all open. */
  readonly keys: readonly Buffer[];
  readonly maxAgeSeconds: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Longest session id of a server that is accepted; longer ones would not fit into what proxies take as a header. */
export const MAX_UPSTREAM_ID = 1024;

const MAX_SEALED = 2048;
const CACHED = 20_000;

const VERSION = 1;
const KEY_ID_BYTES = 4;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const IV_AT = 1 + KEY_ID_BYTES;
const TEXT_AT = IV_AT + IV_BYTES;

interface Opened {
  readonly place: SessionPlace;
  readonly issuedAt: number;
}

/** Seals with AES-256-GCM; throws for keys that are missing or not of 32 bytes. */
export function sessionSeal({ keys, maxAgeSeconds, now }: SessionSealOptions): SessionSeal {
  const ring = new Map(keys.map((key) => [keyId(key), checked(key)]));
  const [current] = ring;
  if (current === undefined) throw new Error('a key to seal session ids is needed');
  // Each request of a session brings the same text, so nearly none costs any cryptography.
  const opened = new LRUCache<string, Opened>({ max: CACHED });

  return {
    seal(place, binding) {
      if (place.id.length > MAX_UPSTREAM_ID || !/^[\x21-\x7e]+$/.test(place.id)) return undefined;
      const issuedAt = now();
      const sealed = encrypt(current, { place, issuedAt }, binding);
      if (sealed.length > MAX_SEALED) return undefined;
      opened.set(cacheKey(sealed, binding), { place, issuedAt });
      return sealed;
    },
    open(sealed, binding) {
      if (sealed.length > MAX_SEALED) return undefined;
      const key = cacheKey(sealed, binding);
      const known = opened.get(key) ?? decrypt(ring, sealed, binding);
      if (known === undefined || now() - known.issuedAt > maxAgeSeconds * 1000) return undefined;
      opened.set(key, known);
      return known.place;
    },
  };
}

function encrypt(
  [id, key]: readonly [string, KeyObject],
  { place, issuedAt }: Opened,
  binding: SessionBinding,
): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(boundTo(binding));
  const plain = JSON.stringify([place.instance, place.uid, place.id, issuedAt]);
  return Buffer.concat([
    Buffer.of(VERSION),
    Buffer.from(id, 'latin1'),
    iv,
    cipher.update(plain, 'utf8'),
    cipher.final(),
    cipher.getAuthTag(),
  ]).toString('base64url');
}

function decrypt(
  ring: ReadonlyMap<string, KeyObject>,
  sealed: string,
  binding: SessionBinding,
): Opened | undefined {
  const bytes = Buffer.from(sealed, 'base64url');
  // Decoding is lenient; only the one spelling that was given out counts.
  if (bytes.length <= TEXT_AT + TAG_BYTES || bytes.toString('base64url') !== sealed)
    return undefined;
  const key = ring.get(bytes.toString('latin1', 1, IV_AT));
  if (bytes[0] !== VERSION || key === undefined) return undefined;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(IV_AT, TEXT_AT))
      .setAAD(boundTo(binding))
      .setAuthTag(bytes.subarray(-TAG_BYTES));
    const plain = decipher.update(bytes.subarray(TEXT_AT, -TAG_BYTES), undefined, 'utf8');
    // What authenticates was written by `encrypt`, so it has this form.
    const [instance, uid, id, issuedAt] = JSON.parse(plain + decipher.final('utf8')) as [
      string,
      string,
      string,
      number,
    ];
    return { place: { instance, uid, id }, issuedAt };
  } catch {
    return undefined;
  }
}

function boundTo({ kind, name, uid, principal }: SessionBinding): Buffer {
  return Buffer.from(JSON.stringify([kind, name, uid, principal]));
}

function cacheKey(sealed: string, { kind, name, uid, principal }: SessionBinding): string {
  // None of the first three contains a NUL, so no two bindings share a key.
  return `${sealed}\0${kind}/${name}\0${uid}\0${principal}`;
}

function keyId(key: Buffer): string {
  return createHash('sha256').update(key).digest().toString('latin1', 0, KEY_ID_BYTES);
}

function checked(key: Buffer): KeyObject {
  if (key.length !== 32) throw new Error('a key to seal session ids must have 32 bytes');
  return createSecretKey(key);
}
