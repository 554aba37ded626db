import { expect, test } from '@jest/globals';
import { inheritedEnvironment } from './environment.ts';

test('replicas inherit what programs need to run and to reach the network', () => {
  const needed = {
    PATH: '/bin',
    HOME: '/home/a',
    LC_ALL: 'C',
    https_proxy: 'http://p',
    HTTPS_PROXY: 'http://p',
    NODE_EXTRA_CA_CERTS: '/c.pem',
    npm_config_registry: 'http://r',
    UV_INDEX_URL: 'http://u',
    PIP_INDEX_URL: 'http://u',
    XDG_CACHE_HOME: '/x',
  };
  expect(inheritedEnvironment({ ...needed, LANG: undefined })).toEqual(needed);
});

test("the gateway's settings and secrets, and whatever else is not on the list, stay with the gateway", () => {
  expect(
    inheritedEnvironment({
      SESSION_KEYS: 'k',
      PORT: '8000',
      HOST: 'localhost',
      DATA_DIR: 'd',
      AZURE_CLIENT_SECRET: 's',
      NODE_OPTIONS: '--inspect',
      GITHUB_TOKEN: 't',
      MY_PATH: 'p',
      path: 'p',
    }),
  ).toEqual({});
});
