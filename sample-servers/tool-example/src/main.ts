import { toolServer } from './http-server.ts';

const { PORT = '8000', HOST = '0.0.0.0' } = process.env;
const server = toolServer();

server.listen(Number(PORT), HOST, () => {
  console.log(JSON.stringify({ msg: 'listening', address: server.address() }));
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
  });
}
