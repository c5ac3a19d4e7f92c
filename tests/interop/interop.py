"""Clients and servers that we did not write, through the ingress sidecar, mutual TLS and the callee's sidecar. Usage: interop.py WORK RESULT.md"""
import hashlib, json, os, re, resource, socket, sys, threading, time

import peers
from peers import GIB, memory, row, rows

work, result = sys.argv[1:]


def run(*command, timeout=300):
    return peers.run(work, *command, timeout=timeout)


def mesh(ports):
    services = "\n".join(f"  {name}: {{address: ['127.0.0.1:{port}']}}" for name, port in ports.items())
    with open(f"{work}/mesh.yaml", "w") as file:
        file.write(f"version: 1\nname: interop\nduration: 1s\nservices:\n{services}\nmesh:\n  defaults: {{timeout: 10m, retries: {{attempts: 2, on: [5xx, reset]}}}}\nworkload: [{{to: nginx, rate: 1/s}}]\n")
    up = peers.start(["dotnet", peers.PROGRAM, "up", "mesh.yaml"], work)
    for line in up.stdout:
        if found := re.match(r"ingress http://(\S+)", line):
            threading.Thread(target=lambda: [None for _ in up.stdout], daemon=True).start()
            return up, found.group(1)
    raise SystemExit("the mesh did not come up")


def curl(host, path, *more):
    code, out, error = run("curl", "-sS", "--max-time", "280", "-H", f"Host: {host}", *more, f"http://{ingress}{path}")
    assert code == 0, error
    return out


def echoed(method, size, *more):
    data = os.urandom(size)
    with open(f"{work}/body", "wb") as file:
        file.write(data)
    answer = json.loads(curl("node", "/echo", "-X", method, "--data-binary", "@body", "-H", "content-type: application/octet-stream", *more))
    assert answer["size"] == size and answer["hash"] == hashlib.sha256(data).hexdigest() and answer["method"] == method, answer
    return f"{method} of {size:,} bytes, {answer['encoding']}"


def equal(actual, expected):
    assert actual == expected, f"{actual!r} is not {expected!r}"
    return expected.strip().replace("\n", " ")


def trailers():
    out = curl("node", "/trailers", "--raw", "-i")
    assert "x-sum: 42" in out and "part one, " in out and "part two" in out, out
    return "x-sum: 42 behind the body"


def load(command, errors, done):
    code, out, error = run(*command)
    assert code == 0, error
    problems = [pattern for pattern in errors if re.search(pattern, out)]
    assert not problems, out
    return re.search(done, out).group(0).strip()


def http2(*command):
    code, out, error = run(*command)
    assert code == 0 and "small" in out, out + error
    return "HTTP/2, prior knowledge"


def large_down():
    before = memory(up)
    code, out, error = run("curl", "-sS", "-o", "/dev/null", "-w", "%{size_download} %{speed_download}", "-H", "Host: nginx", f"http://{ingress}/gib")
    size, speed = out.split()
    assert code == 0 and int(size) == GIB, error
    return flat(before, float(speed))


def large_up():
    before = memory(up)
    code, out, error = run("curl", "-sS", "-o", "answer", "-w", "%{speed_upload}", "-T", "www/gib", "-H", "Host: node", f"http://{ingress}/echo")
    with open(f"{work}/answer") as file:
        assert code == 0 and json.load(file)["size"] == GIB, error
    return flat(before, float(out))


def flat(before, speed):
    after = memory(up)
    assert after < before + 150, f"{before:.0f} MiB before, {after:.0f} MiB after"
    return f"1 GiB at {speed / 2**20:.0f} MiB/s; the mesh holds {after:.0f} MiB after, {before:.0f} MiB before"


def idle():
    before, host, count = memory(up), ingress.split(":"), 5000
    request = b"GET /small HTTP/1.1\r\nHost: nginx\r\n\r\n"
    sockets = [socket.create_connection((host[0], int(host[1]))) for _ in range(count)]

    def ask(one):
        one.settimeout(60)
        one.sendall(request)
        data = b""
        while not data.endswith(b"small\n"):
            more = one.recv(4096)
            assert more, data
            data += more

    for one in sockets:
        ask(one)
    time.sleep(5)
    held = memory(up)
    for one in sockets:
        ask(one)
    for one in sockets:
        one.close()
    return f"{count:,} connections, asked before and after; {(held - before) * 1024 / count:.0f} KiB each"


resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
try:
    up, ingress = mesh(peers.servers(work))
    row("curl, nginx", lambda: equal(curl("nginx", "/small"), "small\n"))
    row("curl, Caddy", lambda: equal(curl("caddy", "/small"), "small\n"))
    row("curl, HTTP/2, Caddy over h2c", lambda: equal(curl("caddy", "/small", "--http2-prior-knowledge"), "small\n"))
    row("curl, HEAD", lambda: equal(re.search("content-length: 6", curl("nginx", "/small", "-I").lower()).group(0), "content-length: 6"))
    row("curl, range", lambda: equal(curl("nginx", "/small", "-r", "1-3"), "mal"))
    row("curl, 404 of the upstream", lambda: equal(curl("nginx", "/none", "-o", "/dev/null", "-w", "%{http_code}"), "404"))
    row("curl, as HTTP proxy", lambda: equal(run("curl", "-sS", "-x", f"http://{ingress}", "http://nginx/small")[1], "small\n"))
    row("curl, upload with a length, Node", lambda: echoed("PUT", 3_000_000))
    row("curl, upload in chunks, Node", lambda: echoed("POST", 3_000_000, "-H", "Transfer-Encoding: chunked"))
    row("curl, Expect: 100-continue, Node", lambda: echoed("POST", 2_000_000, "-H", "Expect: 100-continue"))
    row("curl, trailers of a response, Node", trailers)
    row("curl, server-sent events, Node", lambda: equal(curl("node", "/events"), "data: 1\n\ndata: 2\n\ndata: 3\n\n"))
    row("ws, WebSocket, Node", lambda: equal(*(lambda done: (done[1] if done[0] == 0 else done[2], "text, 1 MiB binary, close 1000\n"))(run("node", "clients.js", "websocket", ingress, "node"))))
    row("grpc-js, all call types, Node", lambda: equal(*(lambda done: (done[1] if done[0] == 0 else done[2], "unary, 1,000 up, 1,000 down, 200 in turn, FAILED_PRECONDITION with its text\n"))(run("node", "clients.js", "grpc", ingress, "grpc"))))
    row("nghttp, Caddy", lambda: http2("nghttp", "-H", ":authority: caddy", f"http://{ingress}/small"))
    row("wrk, 50 connections, nginx", lambda: load(["wrk", "-t2", "-c50", "-d5s", "-H", "Host: nginx", f"http://{ingress}/small"], ["Non-2xx", "Socket errors"], r"\d+ requests in \S+"))
    row("h2load, 10 connections × 10 streams, Caddy", lambda: load(["h2load", "-n5000", "-c10", "-m10", "-H", ":authority: caddy", f"http://{ingress}/small"], [r"[1-9]\d* (failed|errored|timeout)"], r"requests: .*"))
    row("curl, 1 GiB down, nginx", large_down)
    row("curl, 1 GiB up, Node", large_up)
    row("5,000 idle connections, nginx", idle)
finally:
    peers.stop_all()

versions = [run(*command)[1].split("\n")[0] or run(*command)[2].split("\n")[0] for command in (["curl", "--version"], ["nginx", "-v"], ["caddy", "version"], ["node", "--version"], ["h2load", "--version"])]
with open(result, "w") as file:
    file.write("# Clients and servers that we did not write\n\nWritten by `tests/interop.sh`: each row goes through the ingress's sidecar, mutual TLS and the callee's sidecar, under a policy with retries.\n\n")
    file.write("| client, what, upstream | unharmed | seen |\n|---|---|---|\n" + "".join(f"| {name} | {ok} | {said} |\n" for name, ok, said in rows))
    file.write("\n" + "; ".join(version[:40] for version in versions) + ".\n")
sys.exit(0 if all(ok == "yes" for _, ok, _ in rows) else 1)
