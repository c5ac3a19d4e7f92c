// The Node upstreams: HTTP/1.1 with echo, trailers and WebSocket, and gRPC with all four call types. Prints their ports.
const crypto = require('crypto'), http = require('http');
const grpc = require('@grpc/grpc-js'), loader = require('@grpc/proto-loader'), { WebSocketServer } = require('ws');

const server = http.createServer((request, response) => {
  if (request.url === '/trailers') {
    response.writeHead(200, { trailer: 'x-sum' });
    response.write('part one, ');
    setTimeout(() => { response.addTrailers({ 'x-sum': '42' }); response.end('part two'); }, 50);
    return;
  }
  if (request.url === '/events') {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    let n = 0;
    const timer = setInterval(() => { response.write(`data: ${++n}\n\n`); if (n === 3) { clearInterval(timer); response.end(); } }, 100);
    return;
  }
  const hash = crypto.createHash('sha256');
  let size = 0;
  request.on('data', chunk => { hash.update(chunk); size += chunk.length; });
  request.on('end', () => response.end(JSON.stringify({ method: request.method, size, hash: hash.digest('hex'), encoding: request.headers['transfer-encoding'] || 'length', expect: request.headers.expect || '' })));
});
new WebSocketServer({ server }).on('connection', socket => socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })));

const echo = grpc.loadPackageDefinition(loader.loadSync('echo.proto')).interop.Echo.service;
const rpc = new grpc.Server();
rpc.addService(echo, {
  unary: (call, done) => done(null, call.request),
  upload: (call, done) => { let count = 0; call.on('data', () => count++); call.on('end', () => done(null, { text: 'received', count })); },
  download: call => { for (let i = 0; i < call.request.count; i++) call.write({ text: call.request.text, count: i }); call.end(); },
  duplex: call => { call.on('data', note => call.write({ text: note.text, count: note.count + 1 })); call.on('end', () => call.end()); },
  fail: (call, done) => done({ code: grpc.status.FAILED_PRECONDITION, details: 'not today' }),
});
server.listen(0, '127.0.0.1', () => rpc.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(JSON.stringify({ http: server.address().port, grpc: port }));
}));
