import { exampleHttpServer } from './http-server.ts';

const { PORT = '8000', HOST = '0.0.0.0', MCP_IDLE_TIMEOUT_SECONDS = '1800' } = process.env;
const { server, stop } = exampleHttpServer(Number(MCP_IDLE_TIMEOUT_SECONDS) * 1000);

server.listen(Number(PORT), HOST, () => {
  console.log(JSON.stringify({ msg: 'listening', address: server.address() }));
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void stop().then(() => process.exit(0)));
}
