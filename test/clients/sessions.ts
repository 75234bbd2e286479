/**
 * What people type: one session a part of the API. Each works in a namespace of its own and needs no other; the cluster has no node but what a session
 * makes. Commands only of what every kubectl that is tested knows, but where `since` says otherwise.
 */

import { policies } from './policy-session.ts';
import type { Session } from './transcript.ts';

const DEPLOYMENT = (name: string, more = '') => `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, labels: {app: ${name}}}
spec:
  replicas: 2
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers:
      - name: web
        image: registry.example/web:1
        ports: [{containerPort: 80, name: http}]
        env: [{name: A, value: "1"}, {name: POD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]
        resources: {requests: {cpu: 100m, memory: 64Mi}, limits: {memory: 128Mi}}
        livenessProbe: {tcpSocket: {port: 80}, initialDelaySeconds: 5}
        readinessProbe: {httpGet: {path: /ready, port: http}}
        volumeMounts: [{name: settings, mountPath: /settings, readOnly: true}]
      volumes: [{name: settings, configMap: {name: settings, optional: true}}]
${more}`;

const namespace = (name: string) => `create namespace ${name}`;

const REVISION = 'jsonpath={.metadata.annotations.deployment\\.kubernetes\\.io/revision}';

const REASONS_OF = '-o jsonpath={.items[*].reason} --field-selector involvedObject.kind=';

const workloads: Session = {
  name: 'workloads',
  files: { 'web.yaml': DEPLOYMENT('web') },
  steps: [
    namespace('workloads'),
    'apply -n workloads -f web.yaml',
    { until: 'get deployment web -n workloads -o jsonpath={.status.unavailableReplicas}', prints: '2' },
    { until: `get events -n workloads ${REASONS_OF}Deployment`, prints: 'ScalingReplicaSet' },
    { until: `get events -n workloads ${REASONS_OF}ReplicaSet`, prints: 'SuccessfulCreate SuccessfulCreate' },
    'get deployments,replicasets -n workloads',
    'get deployments,replicasets -n workloads -o wide',
    'get pods -n workloads',
    'get pods -n workloads -o wide --show-labels',
    'get pods -n workloads -o custom-columns=PHASE:.status.phase,QOS:.status.qosClass',
    'describe deployment web -n workloads',
    'describe replicaset -n workloads',
    'set image deployment/web web=registry.example/web:2 -n workloads',
    { until: 'get deployment web -n workloads -o jsonpath={.status.observedGeneration}', prints: '2' },
    { until: `get deployment web -n workloads -o ${REVISION}`, prints: '2' },
    'rollout history deployment web -n workloads',
    'rollout history deployment web --revision=2 -n workloads',
    'rollout undo deployment web -n workloads',
    'rollout pause deployment web -n workloads',
    'rollout resume deployment web -n workloads',
    'scale deployment web --replicas=0 -n workloads',
    'scale deployment web --replicas=3 --current-replicas=7 -n workloads',
    'annotate deployment web note=here -n workloads',
    'label deployment web tier=front -n workloads',
    'label deployment web app=other -n workloads',
    'delete deployment web -n workloads',
    'delete namespace workloads',
  ],
};

const POD = (name: string, phase: object) =>
  JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'pods' }, status: phase });
const containerStatus = (state: object, more: object = {}) => ({
  name: 'c',
  image: 'registry.example/c:1',
  imageID: '',
  ready: false,
  restartCount: 0,
  state,
  lastState: {},
  ...more,
});
const setStatus = (name: string, status: object): { quiet: string; input: string } => ({
  quiet: `replace --raw /api/v1/namespaces/pods/pods/${name}/status -f -`,
  input: POD(name, status),
});
const bare = (name: string) => `---
apiVersion: v1
kind: Pod
metadata: {name: ${name}}
spec:
  schedulerName: nobody
  automountServiceAccountToken: false
  containers: [{name: c, image: "registry.example/c:1"}]
`;

const pods: Session = {
  name: 'pods',
  files: { 'pods.yaml': ['crashing', 'done', 'failed', 'pulling', 'running'].map(bare).join('') },
  steps: [
    namespace('pods'),
    { until: 'get serviceaccount default -n pods -o name', prints: 'serviceaccount/default' },
    'create -n pods -f pods.yaml',
    setStatus('crashing', {
      phase: 'Running',
      containerStatuses: [
        containerStatus(
          { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s restarting failed container' } },
          { restartCount: 3, lastState: { terminated: { exitCode: 1, reason: 'Error' } } },
        ),
      ],
    }),
    setStatus('done', {
      phase: 'Succeeded',
      containerStatuses: [containerStatus({ terminated: { exitCode: 0, reason: 'Completed' } })],
    }),
    setStatus('failed', {
      phase: 'Failed',
      containerStatuses: [containerStatus({ terminated: { exitCode: 137, signal: 9 } })],
    }),
    setStatus('pulling', {
      phase: 'Pending',
      containerStatuses: [containerStatus({ waiting: { reason: 'ErrImagePull', message: 'no such image' } })],
    }),
    setStatus('running', {
      phase: 'Running',
      podIP: '10.244.0.9',
      podIPs: [{ ip: '10.244.0.9' }],
      hostIP: '192.0.2.1',
      conditions: [
        { type: 'Ready', status: 'True' },
        { type: 'PodScheduled', status: 'True' },
      ],
      containerStatuses: [
        containerStatus({ running: { startedAt: '2026-01-01T00:00:00Z' } }, { ready: true, started: true }),
      ],
    }),
    'get pods -n pods',
    'get pods -n pods -o wide',
    'get pods -n pods --field-selector status.phase=Running',
    'get pods -n pods --sort-by=.status.phase',
    'get pods -n pods --no-headers',
    'get pods -n pods -o name',
    'describe pod crashing -n pods',
    'describe pod running -n pods',
    'logs nope -n pods',
    'logs running -c other -n pods',
    'delete pod done failed -n pods',
    'delete pods --all -n pods --grace-period=0 --force',
  ],
};

const services: Session = {
  name: 'services',
  files: {
    'services.yaml': `apiVersion: v1
kind: Service
metadata: {name: web}
spec: {type: NodePort, selector: {app: web}, ports: [{name: http, port: 80, targetPort: http, nodePort: 30123}, {name: dns, port: 53, protocol: UDP, nodePort: 30124}]}
---
apiVersion: v1
kind: Service
metadata: {name: headless}
spec: {clusterIP: None, selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: elsewhere}
spec: {type: ExternalName, externalName: example.com}
---
apiVersion: v1
kind: Endpoints
metadata: {name: manual}
subsets: [{addresses: [{ip: 192.0.2.7}, {ip: 192.0.2.8}], ports: [{name: http, port: 8080}]}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: slice, labels: {kubernetes.io/service-name: other}}
addressType: IPv4
endpoints: [{addresses: [192.0.2.9], conditions: {ready: true}}]
ports: [{name: http, port: 8080, protocol: TCP}]
`,
  },
  steps: [
    namespace('services'),
    'create -n services -f services.yaml',
    'get services -n services',
    'get services -n services -o wide',
    'describe service web headless elsewhere -n services',
    'get endpoints manual -n services',
    'describe endpoints manual -n services',
    'get endpointslices slice -n services',
    'patch service web -n services -p {"spec":{"clusterIP":"10.96.7.7"}}',
    'patch service web -n services -p {"spec":{"ports":[{"port":80,"nodePort":99}]}}',
    'delete service web headless elsewhere -n services',
  ],
};

const configuration: Session = {
  name: 'configuration',
  files: {
    'map.yaml':
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {color: blue, text: "two\\nlines\\n"}\n',
    'changed.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {color: red}\n',
    'fixed.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: fixed}\nimmutable: true\ndata: {a: "1"}\n',
    'typo.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: typo, lables: {}}\ndatta: {}\n',
  },
  steps: [
    namespace('configuration'),
    'apply -n configuration -f map.yaml',
    'apply -n configuration -f map.yaml',
    'apply -n configuration -f changed.yaml --dry-run=server',
    'diff -n configuration -f map.yaml',
    'diff -n configuration -f changed.yaml',
    'apply -n configuration -f changed.yaml',
    'get configmap settings -n configuration -o yaml',
    'describe configmap settings -n configuration',
    'create secret generic login --from-literal=user=ada -n configuration',
    'get secret login -n configuration',
    'get secret login -n configuration -o jsonpath={.data.user}',
    'describe secret login -n configuration',
    'create -n configuration -f fixed.yaml',
    'patch configmap fixed -n configuration -p {"data":{"a":"2"}}',
    'patch configmap settings -n configuration --type=json -p [{"op":"test","path":"/data/color","value":"green"}]',
    'patch configmap settings -n configuration --type=json -p [{"op":"replace","path":"/data/nope/x","value":"1"}]',
    'patch configmap settings -n configuration --type=merge -p {"data":{"color":null,"size":"7"}}',
    'get configmap settings -n configuration -o jsonpath={.data}',
    'create configmap settings -n configuration',
    'create configmap Wrong_Name -n configuration',
    'apply --server-side -n configuration -f changed.yaml',
    'apply --server-side -n configuration -f changed.yaml --field-manager=other',
    'apply --server-side -n configuration -f map.yaml --field-manager=third',
    'apply --server-side -n configuration -f map.yaml --field-manager=third --force-conflicts',
    'get configmaps -n configuration',
    'delete configmap nope -n configuration',
    'delete configmap nope -n configuration --ignore-not-found',
  ],
};

const strict: Session = {
  name: 'strict-fields',
  since: '1.27',
  files: configuration.files!,
  steps: [
    namespace('strict'),
    'create -n strict -f typo.yaml',
    'create -n strict -f typo.yaml --validate=warn',
    'get configmap typo -n strict -o jsonpath={.metadata.name}',
    'create -n strict -f typo.yaml --validate=ignore',
  ],
};

const document = (kind: string, name: string, more = '') =>
  `---\napiVersion: v1\nkind: ${kind}\nmetadata: {name: ${name}, labels: {set: a}${more}}\n`;
const prune: Session = {
  name: 'prune',
  since: '1.26',
  files: {
    'both.yaml': document('ConfigMap', 'one') + document('ConfigMap', 'two'),
    'one.yaml': document('ConfigMap', 'one'),
  },
  steps: [
    namespace('prune'),
    'apply -n prune -f both.yaml',
    'apply -n prune -f one.yaml -l set=a --prune --prune-allowlist=core/v1/ConfigMap',
    'get configmaps -n prune -o name -l set=a',
  ],
};

const IN_PRUNE_ALL = ', namespace: prune-all';

/** Of everything that kubectl prunes when it is not told what to: it lists each of these kinds, also those that are not supported. */
const pruneAll: Session = {
  name: 'prune-all',
  since: '1.26',
  files: {
    'both.yaml': document('ConfigMap', 'one', IN_PRUNE_ALL) + document('ConfigMap', 'two', IN_PRUNE_ALL),
    'one.yaml': document('ConfigMap', 'one', IN_PRUNE_ALL),
  },
  steps: [
    namespace('prune-all'),
    'apply -f both.yaml',
    'apply -f one.yaml -l set=a --prune',
    'get configmaps -n prune-all -o name -l set=a',
    'get daemonsets,statefulsets,cronjobs,ingresses,persistentvolumeclaims -n prune-all',
    'get statefulset db -n prune-all',
    'create cronjob c --image=registry.example/a --schedule=@daily -n prune-all',
  ],
};

const pruneOld: Session = {
  ...prune,
  since: '1.5',
  before: '1.26',
  steps: prune.steps.map((step) => (typeof step === 'string' ? step.replace('allowlist', 'whitelist') : step)),
};

const applySet: Session = {
  name: 'apply-set',
  since: '1.27',
  files: prune.files!,
  steps: [
    namespace('applyset'),
    'apply -n applyset -f both.yaml --prune --applyset=configmap/parts --server-side',
    'apply -n applyset -f one.yaml --prune --applyset=configmap/parts --server-side',
    'get configmaps -n applyset -o name',
  ],
};

const access: Session = {
  name: 'access',
  files: {
    'role.yaml': `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader}
rules:
- {apiGroups: [""], resources: [pods, pods/log], verbs: [get, list]}
- {apiGroups: [apps], resources: [deployments], resourceNames: [web], verbs: ["*"]}
`,
    'reconciled.yaml': `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: access}
rules:
- {apiGroups: [""], resources: [pods, configmaps], verbs: [get, watch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: robots, namespace: access}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects:
- {kind: Group, apiGroup: rbac.authorization.k8s.io, name: machines}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: access-gathered}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {access: "yes"}}]}
rules: []
`,
  },
  steps: [
    namespace('access'),
    'create serviceaccount robot -n access',
    { until: 'get serviceaccount robot -n access -o name', prints: 'serviceaccount/robot' },
    'describe serviceaccount robot -n access',
    'apply -n access -f role.yaml',
    'create rolebinding robots --role=reader --serviceaccount=access:robot -n access',
    'get roles,rolebindings -n access',
    'get rolebindings -n access -o wide',
    'describe role reader -n access',
    'describe rolebinding robots -n access',
    'auth can-i list pods -n access --as=system:serviceaccount:access:robot',
    'auth can-i delete pods -n access --as=system:serviceaccount:access:robot',
    'auth can-i get deployment/web -n access --as=system:serviceaccount:access:robot',
    'get secrets -n access --as=system:serviceaccount:access:robot',
    'get pods --all-namespaces --as=system:serviceaccount:access:robot',
    'create clusterrole everything --verb=* --resource=* -n access --as=system:serviceaccount:access:robot',
    'get clusterrolebinding cluster-admin -o wide',
    'describe clusterrolebinding cluster-admin',
    'auth reconcile -f reconciled.yaml --dry-run=client',
    'auth reconcile -f reconciled.yaml',
    'auth reconcile -f reconciled.yaml',
    'auth reconcile -f reconciled.yaml --remove-extra-permissions --remove-extra-subjects',
    'describe role reader -n access',
    'get rolebindings -n access -o wide',
    'auth can-i --list -n access --as=someone --as-group=machines --as-group=system:authenticated',
    'describe clusterrole system:controller:deployment-controller',
    'get clusterrolebinding system:controller:deployment-controller -o wide',
  ],
};

const nodes: Session = {
  name: 'nodes',
  files: {
    'node.yaml': `apiVersion: v1
kind: Node
metadata: {name: worker, labels: {kubernetes.io/hostname: worker, node-role.kubernetes.io/worker: ""}}
spec: {podCIDR: 10.244.9.0/24, taints: [{key: example.com/reserved, value: "yes", effect: NoSchedule}]}
status:
  capacity: {cpu: "4", memory: 8Gi, pods: "110"}
  allocatable: {cpu: "4", memory: 7Gi, pods: "110"}
  conditions: [{type: Ready, status: "True", reason: KubeletReady, message: the agent is ready}]
  addresses: [{type: InternalIP, address: 192.0.2.5}, {type: Hostname, address: worker}]
  nodeInfo: {kubeletVersion: v1.32.0, osImage: Debian, kernelVersion: 6.1.0, containerRuntimeVersion: "podman://4.3.1", architecture: amd64, operatingSystem: linux, bootID: "", machineID: "", systemUUID: "", kubeProxyVersion: ""}
`,
  },
  steps: [
    'create -f node.yaml',
    'get nodes',
    'get nodes -o wide',
    'cordon worker',
    'get nodes',
    'uncordon worker',
    'taint nodes worker maintenance=now:NoExecute',
    'taint nodes worker maintenance-',
    'taint nodes worker maintenance=now:Whatever',
    'label node worker zone=a',
    'patch node worker -p {"spec":{"podCIDR":"10.244.8.0/24"}}',
    'delete node worker',
  ],
};

const refusals: Session = {
  name: 'refusals',
  files: {
    'wrong.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: Wrong}
spec:
  replicas: -1
  selector: {matchLabels: {app: a}}
  template:
    metadata: {labels: {app: b}}
    spec:
      restartPolicy: Never
      containers:
      - {name: c, image: "", ports: [{containerPort: 99999}], resources: {requests: {cpu: "2"}, limits: {cpu: "1"}}}
      - {name: c, image: x, volumeMounts: [{name: nope, mountPath: a:b}]}
`,
    'old.yaml': 'apiVersion: extensions/v1beta1\nkind: Deployment\nmetadata: {name: a}\n',
    'broken.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a\n',
    'web.yaml': DEPLOYMENT('web'),
    'moved.yaml': DEPLOYMENT('web')
      .replace('matchLabels: {app: web}', 'matchLabels: {app: web, tier: x}')
      .replace('labels: {app: web}}\n    spec', 'labels: {app: web, tier: x}}\n    spec'),
  },
  steps: [
    namespace('refusals'),
    'create -n refusals -f wrong.yaml',
    'create -n refusals -f old.yaml',
    'create -n refusals -f broken.yaml',
    'get widgets',
    'get pods nope -n refusals',
    'get --raw /nope',
    'get pods -n refusals --field-selector=spec.color=red',
    'get pods -n refusals -l a===b',
    'create -n refusals -f web.yaml',
    'create -n refusals -f web.yaml',
    'apply -n refusals -f moved.yaml',
    'create namespace refusals',
    'create namespace UPPER',
    'get pods -n absent',
    'create configmap a -n absent',
    'delete namespace kube-system',
    'scale deployment nope --replicas=1 -n refusals',
    'rollout undo deployment web --to-revision=9 -n refusals',
    'delete deployment web -n refusals',
  ],
};

const served: Session = {
  name: 'what-is-served',
  steps: [
    'api-resources --api-group=apps -o wide',
    'api-resources --api-group=rbac.authorization.k8s.io',
    'api-resources --api-group=events.k8s.io',
    'get --raw /livez',
    'get --raw /healthz/ping',
    'explain configmap',
    'explain deployment.spec.strategy.rollingUpdate',
    'explain pod.spec.containers.livenessProbe.httpGet',
    'explain service.spec.nope',
    'get namespace default kube-system',
    'get priorityclass system-node-critical',
    'get service kubernetes -n default',
  ],
};

const newer: Session = {
  name: 'newer-commands',
  since: '1.27',
  files: { 'web.yaml': DEPLOYMENT('web') },
  steps: [
    namespace('newer'),
    { until: 'get serviceaccount default -n newer -o name', prints: 'serviceaccount/default' },
    'auth whoami --as=ada --as-group=people',
    'create deployment web --image=registry.example/web:1 --replicas=1 -n newer',
    { until: 'get deployment web -n newer -o jsonpath={.status.observedGeneration}', prints: '1' },
    'get deployment web -n newer --subresource=scale -o jsonpath={.spec.replicas}',
    'patch deployment web -n newer --subresource=scale --type=merge -p {"spec":{"replicas":2}}',
    { until: `get events -n newer ${REASONS_OF}Deployment`, prints: 'ScalingReplicaSet ScalingReplicaSet' },
    'events -n newer --for deployment/web',
    'wait deployment/web -n newer --for=jsonpath={.spec.replicas}=2 --timeout=5s',
    'create deployment web --image=x -n newer',
    'run one --image=registry.example/one:1 -n newer',
    'run one --image=registry.example/one:1 -n newer --dry-run=server -o name',
    'set env deployment/web A=1 -n newer',
    'expose deployment web --port=80 -n newer',
    'replace -n newer -f web.yaml',
    'create token nobody -n newer',
    'top pods -n newer',
  ],
};

export const SESSIONS: readonly Session[] = [
  ...[workloads, pods, services, configuration, strict, prune, pruneAll, pruneOld, applySet],
  ...[access, nodes, refusals, served, newer, policies],
];
