/** Of nobody. */
export const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBhjCCASugAwIBAgIUB6mYisMwLhNmB9ww/2KDp9bA3EIwCgYIKoZIzj0EAwIw
FzEVMBMGA1UEAwwMQ29udG9zbyBSb290MCAXDTI2MTEyNjA0MzAyMloYDzIxMjYx
MTAyMDQzMDIyWjAXMRUwEwYDVQQDDAxDb250b3NvIFJvb3QwWTATBgcqhkjOPQIB
BggqhkjOPQMBBwNCAASdKcS9XWDKoso86wxvJOBdOpNRNdpMp1vokToXKMFuCeWN
YAaqC7x6ftXZEE91qjhHSbUiil4qmL+wHhvvapa6o1MwUTAdBgNVHQ4EFgQUPeJl
K8tZjCJLdLYYzvdINr5Z9FcwHwYDVR0jBBgwFoAUPeJlK8tZjCJLdLYYzvdINr5Z
9FcwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEAxjptIF82CLd5
xH6t8JNvwfkWe7x88wyzLPSXPBNr2J8CIQCtwUEDZ/qx8prEwwhJrtMVATVQV3pq
/VVKlryYykyOvA==
-----END CERTIFICATE-----
`;

/** The least that a stack of each profile says. */
export const DEV = { profile: 'dev', label: 'contoso', location: 'westeurope' } as const;
export const PROD = {
  profile: 'prod',
  label: 'contoso',
  location: 'westeurope',
  certificateId: 'https://contoso.vault.azure.net/secrets/mcp',
  certificateVaultId:
    '/subscriptions/5c1a9a4e-0000-4000-8000-000000000001/resourceGroups/g/providers/Microsoft.KeyVault/vaults/contoso',
} as const;
