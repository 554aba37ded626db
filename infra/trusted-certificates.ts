import { X509Certificate } from 'node:crypto';
import type { Manifest } from '@mcp-gateway/platform/kubernetes/objects';

/** Where the services find them. */
export const TRUSTED_CERTIFICATES = { configMap: 'trusted-certificates', key: 'ca.pem' } as const;

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** Whether a text is one or more certificates in PEM, and holds nothing else that could be taken for one. */
export function areCertificates(text: string): boolean {
  const found = text.match(CERTIFICATE) ?? [];
  const begun = text.match(/-----BEGIN/g) ?? []; // a key would be one more
  return found.length > 0 && found.length === begun.length && found.every(isCertificate);
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).fingerprint256 !== '';
  } catch {
    return false;
  }
}

/** The object that keeps them. */
export function certificatesObject(namespace: string, pem: string): Manifest {
  const { configMap: name, key } = TRUSTED_CERTIFICATES;
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: { [key]: pem } }; // prettier-ignore
  return object;
}
