import { expect, test } from '@jest/globals';
import { issuerOf } from './issuer.ts';

const tenantId = '5f0c2a52-94a1-4b1f-8d2e-0000000000aa';

test.each([
  ['https://login.microsoftonline.com', 'https://sts.windows.net'],
  ['https://login.microsoftonline.us', 'https://sts.windows.net'],
  ['https://login.partner.microsoftonline.cn', 'https://sts.chinacloudapi.cn'],
])('tokens of %s name it in version 2, and %s in version 1', (authority, versionOne) => {
  expect(issuerOf({ kind: 'entra', authority, tenantId }).names).toEqual([
    `${authority}/${tenantId}/v2.0`,
    `${versionOne}/${tenantId}/`,
  ]);
});
