/** How the deployer signs in to the cluster: as whoever `az login` or the pipeline's task has signed in. */
const LOGIN = 'azurecli';

/**
 * Azure's kubeconfig asks a person with a browser to sign in; a deployment has its session already.
 * One without such a sign-in stays as it is.
 */
export function kubeconfigForDeployer(kubeconfig: string): string {
  return kubeconfig.replace(
    /^(\s*- )(["']?)--login\2(\r?\n\s*- )["']?\w+["']?/m,
    `$1--login$3${LOGIN}`,
  );
}
