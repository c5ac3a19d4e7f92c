// The Node clients. Usage: node clients.js grpc|websocket HOST:PORT AUTHORITY. Prints what it saw, or fails.
const assert = require('assert');
const [kind, target, authority] = process.argv.slice(2);

async function websocket() {
  const { WebSocket } = require('ws');
  const socket = new WebSocket(`ws://${target}/ws`, { headers: { host: authority } });
  await new Promise((done, failed) => { socket.on('open', done); socket.on('error', failed); });
  const ask = data => new Promise(done => { socket.once('message', (answer, isBinary) => done(isBinary ? answer : answer.toString())); socket.send(data); });
  assert.strictEqual(await ask('hello'), 'hello');
  const large = Buffer.alloc(1 << 20, 7);
  assert.ok(large.equals(await ask(large)));
  const closed = new Promise(done => socket.on('close', code => done(code)));
  socket.close(1000);
  assert.strictEqual(await closed, 1000);
  console.log('text, 1 MiB binary, close 1000');
}

async function grpcCalls() {
  const grpc = require('@grpc/grpc-js'), loader = require('@grpc/proto-loader');
  const { Echo } = grpc.loadPackageDefinition(loader.loadSync('echo.proto')).interop;
  const client = new Echo(target, grpc.credentials.createInsecure(), { 'grpc.default_authority': authority });
  const all = call => new Promise((done, failed) => { const notes = []; call.on('data', note => notes.push(note)); call.on('end', () => done(notes)); call.on('error', failed); });
  const unary = name => note => new Promise((done, failed) => client[name](note, (error, answer) => error ? failed(error) : done(answer)));
  assert.strictEqual((await unary('unary')({ text: 'hello', count: 1 })).text, 'hello');
  const uploaded = await new Promise((done, failed) => {
    const call = client.upload((error, answer) => error ? failed(error) : done(answer));
    for (let i = 0; i < 1000; i++) call.write({ text: 'x'.repeat(1000), count: i });
    call.end();
  });
  assert.strictEqual(uploaded.count, 1000);
  assert.strictEqual((await all(client.download({ text: 'y', count: 1000 }))).length, 1000);
  const duplex = client.duplex();
  let seen = 0;
  await new Promise((done, failed) => {   // each message only after the answer to the one before: nothing may be held back
    duplex.on('data', note => { assert.strictEqual(note.count, ++seen); if (seen === 200) duplex.end(); else duplex.write({ text: 'z', count: seen }); });
    duplex.on('end', done); duplex.on('error', failed);
    duplex.write({ text: 'z', count: 0 });
  });
  const failure = await unary('fail')({ text: '', count: 0 }).catch(error => error);
  assert.strictEqual(failure.code, grpc.status.FAILED_PRECONDITION);
  assert.strictEqual(failure.details, 'not today');
  client.close();
  console.log('unary, 1,000 up, 1,000 down, 200 in turn, FAILED_PRECONDITION with its text');
}

(kind === 'grpc' ? grpcCalls() : websocket()).then(() => process.exit(0), error => { console.error(error); process.exit(1); });
