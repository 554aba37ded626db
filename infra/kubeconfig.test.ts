import { expect, test } from '@jest/globals';
import { kubeconfigForDeployer } from './kubeconfig.ts';

const azures = (login: string): string => `users:
- name: clusterUser_mg-rg-contoso_mg-aks-contoso
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      args:
      - get-token
      - --environment
      - AzurePublicCloud
      - --server-id
      - 6dae42f8-4368-4678-94ff-3960e28e3630
      - --login
      - ${login}
      command: kubelogin
`;

test('the deployer signs in by the session that it has', () => {
  expect(kubeconfigForDeployer(azures('devicecode'))).toBe(azures('azurecli'));
});

test('a kubeconfig that asks nobody to sign in stays as it is', () => {
  const text = 'users:\n- name: admin\n  user:\n    token: abc\n';
  expect(kubeconfigForDeployer(text)).toBe(text);
});
