import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Graph, type Node, nameValues } from './graph.ts';
import { toOnnx } from './onnx.ts';
import { resolvePackage } from './probe.node.ts';

/** Where onnxruntime puts the nodes of a graph. */
export interface Placement {
  readonly onDevice: number;
  /** Nodes on the CPU that compute shapes: int64 in and out. */
  readonly shapes: number;
  /** All others on the CPU, as 'OneHot (%12)': for each, tensors cross to the host and back. */
  readonly fallen: readonly string[];
}

const CHILD = `
  const [, path, device] = process.argv;
  const ort = require(path);
  ort.env.logLevel = 'verbose';
  const chunks = [];
  process.stdin.on('data', (chunk) => chunks.push(chunk)).on('end', async () => {
    const executionProviders = [device, 'cpu'];
    const session = await ort.InferenceSession.create(Buffer.concat(chunks), { executionProviders, logSeverityLevel: 0 });
    await session.release();
  });`;

/** Asks onnxruntime, which says so in its log only: in a process of its own, that runs nothing. Throws where there is no such device. */
export async function placement(
  graph: Graph,
  device: 'webgpu' | 'cuda',
  env: NodeJS.ProcessEnv = process.env,
): Promise<Placement> {
  const log = await logOf([resolvePackage('onnxruntime-node')!, device], toOnnx(graph), env);
  const providers = placed(log);
  if (providers.size === 0)
    throw new Error(`placement: no session for ${graph.name} on ${device}. \`pfn doctor\` says what is missing.`);
  const { names } = nameValues(graph);
  const shapeNodes = new Set(
    graph.nodes
      .filter(isOfShapes)
      .map(({ op, outputs }) => `${op} (${outputs.map((one) => names.get(one)).join(' ')})`),
  );
  const onCpu = providers.get('CPUExecutionProvider') ?? [];
  const all = [...providers.values()].reduce((sum, nodes) => sum + nodes.length, 0);
  const fallen = onCpu.filter((node) => !shapeNodes.has(node));
  return { onDevice: all - onCpu.length, shapes: onCpu.length - fallen.length, fallen };
}

/** Of a tensor, Shape reads no more than its shape. */
const isOfShapes = ({ op, inputs, outputs }: Node): boolean =>
  op === 'Shape' || [...inputs, ...outputs].every(({ dtype }) => dtype === 'int64');

/** Provider -> nodes, from lines such as 'Node(s) placed on [CPUExecutionProvider]. Number of nodes: 1' and 'Concat (%57)' after it. */
function placed(log: string): Map<string, string[]> {
  const providers = new Map<string, string[]>();
  const announced = new Map<string[], number>();
  let nodes: string[] = [];
  for (const [, line] of log.matchAll(/ VerifyEachNodeIsAssignedToAnEp\] +(.*)/g)) {
    const [, all, provider, count] =
      /^(All nodes|Node\(s\)) placed on \[(\w+)\]\. Number of nodes: (\d+)/.exec(line) ?? [];
    if (/^\w+ \(.*\)$/.test(line)) nodes.push(line);
    else if (provider) {
      // All nodes are not listed, and on the device it does not matter which they are.
      nodes = all === 'All nodes' ? Array(Number(count)).fill('all') : [];
      providers.set(provider, nodes);
      announced.set(nodes, Number(count));
    }
  }
  for (const [listed, count] of announced)
    if (listed.length !== count)
      throw new Error(`placement: expected ${count} nodes in the log of onnxruntime, got ${listed.length}.`);
  return providers;
}

/** Through a file: what a native library writes to a full pipe can be lost. */
async function logOf(args: readonly string[], input: Uint8Array, env: NodeJS.ProcessEnv): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'pfnkit-placement-'));
  const path = join(folder, 'log');
  const log = openSync(path, 'w');
  try {
    const child = spawn(process.execPath, ['-e', CHILD, ...args], { env, stdio: ['pipe', log, log] });
    // It may end before all of the graph was written.
    child.stdin!.on('error', () => {});
    child.stdin!.end(input);
    await once(child, 'close');
    return readFileSync(path, 'utf8');
  } finally {
    closeSync(log);
    rmSync(folder, { recursive: true });
  }
}
