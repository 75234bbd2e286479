/** What people type about the policies of a namespace: limits, quotas, budgets, security levels. A session as those of `sessions.ts`. */

import type { Session } from './transcript.ts';

export const policies: Session = {
  name: 'policies',
  files: {
    'limits.yaml': `apiVersion: v1
kind: LimitRange
metadata: {name: sizes}
spec:
  limits:
  - {type: Container, default: {memory: 64Mi}, max: {memory: 128Mi}}
  - {type: Pod, max: {memory: 256Mi}}
`,
    'quota.yaml': `apiVersion: v1
kind: ResourceQuota
metadata: {name: room}
spec:
  hard: {pods: "2", limits.memory: 192Mi, count/secrets: "3", services.nodeports: "0"}
`,
    'budget.yaml': `apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec:
  minAvailable: 1
  selector: {matchLabels: {app: web}}
`,
    'pod.yaml': `apiVersion: v1
kind: Pod
metadata: {name: a, labels: {app: web}}
spec: {containers: [{name: c, image: registry.example/web:1}]}
`,
    'big.yaml': `apiVersion: v1
kind: Pod
metadata: {name: big}
spec: {containers: [{name: c, image: registry.example/web:1, resources: {limits: {memory: 256Mi}}}]}
`,
    'large.yaml': `apiVersion: v1
kind: Pod
metadata: {name: large}
spec: {containers: [{name: c, image: registry.example/web:1, resources: {limits: {memory: 120Mi}}}, {name: d, image: registry.example/web:1}]}
`,
    'host.yaml': `apiVersion: v1
kind: Pod
metadata: {name: host}
spec: {hostNetwork: true, containers: [{name: c, image: registry.example/web:1}]}
`,
  },
  steps: [
    'create namespace policies',
    { until: 'get sa default -n policies -o jsonpath={.metadata.name}', prints: 'default' },
    'create -n policies -f limits.yaml',
    'create -n policies -f quota.yaml',
    'get limits,quota -n policies -o name',
    'describe limits sizes -n policies',
    { until: 'get quota room -n policies -o jsonpath={.status.used.pods}', prints: '0' },
    'create -n policies -f big.yaml',
    'create -n policies -f pod.yaml',
    { until: 'get quota room -n policies -o jsonpath={.status.used.pods}', prints: '1' },
    'create -n policies -f large.yaml',
    'describe quota room -n policies',
    'get quota -n policies',
    'create service nodeport open --tcp=80 -n policies',
    'get pod a -n policies -o jsonpath={.metadata.annotations}',
    'create -n policies -f budget.yaml',
    { until: 'get pdb web -n policies -o jsonpath={.status.observedGeneration}', prints: '1' },
    'get pdb -n policies',
    'label namespace policies pod-security.kubernetes.io/enforce=loose',
    'label namespace policies pod-security.kubernetes.io/enforce=restricted',
    'label namespace policies pod-security.kubernetes.io/enforce=baseline --overwrite',
    'create -n policies -f host.yaml',
    'label namespace policies pod-security.kubernetes.io/warn=restricted',
    'create deployment web --image=registry.example/web:1 -n policies',
    'delete namespace policies --wait=false',
  ],
};
