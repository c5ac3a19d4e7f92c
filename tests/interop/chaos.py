"""Faults in a live mesh of servers that we did not write, and a control plane that is killed under load, all in processes of their own. Usage: chaos.py WORK RESULT.md"""
import http.client, json, math, os, signal, statistics, subprocess, sys, threading, time

import peers
from peers import row, rows

work, result = sys.argv[1:]
SECONDS = int(os.environ.get("CHAOS_SECONDS", "60"))   # of load before the kill, and after it
HOSTS = ["nginx", "caddy", "node"]
PATHS = {"nginx": "/small", "caddy": "/small", "node": "/echo"}
state = f"{work}/state"


def meshlab(*command):
    code, out, error = peers.run(work, "dotnet", peers.PROGRAM, *command, *where)
    assert code == 0, error + out
    return out


def control_plane():
    plane = peers.start(["dotnet", peers.PROGRAM, "control-plane", f"{work}/conf", "--state", state, "--admin", f"127.0.0.1:{admin}", "--listen", f"127.0.0.1:{listen}"], work)
    threading.Thread(target=lambda: [None for _ in plane.stdout], daemon=True).start()
    return plane


def sidecar(service, *more):
    process = peers.start(["dotnet", peers.PROGRAM, "sidecar", "--service", service, "--control-plane", f"127.0.0.1:{listen}", "--state", f"{work}/{service}", *more], work)
    threading.Thread(target=lambda: [None for _ in process.stdout], daemon=True).start()


class Client:
    """One kept-alive connection to the caller's sidecar."""

    def __init__(self):
        self.connection = http.client.HTTPConnection("127.0.0.1", outbound, timeout=30)

    def ask(self, host):
        began = time.monotonic()
        self.connection.request("GET", PATHS[host], headers={"Host": host})
        response = self.connection.getresponse()
        response.read()
        return response.status, time.monotonic() - began, began


def until(fact, seconds=60):
    limit = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < limit, "it did not come to pass"
        time.sleep(0.05)


def is_well(client, host):
    status, took, _ = client.ask(host)
    return status == 200 and took < 0.06


def inject(*fault):
    return json.loads(meshlab("inject", *fault, "--detach", "--allow-large", "--json"))["id"]


def delay(host):
    client = Client()
    before = statistics.median(client.ask(host)[1] for _ in range(200))
    fault = inject("delay=100ms@100%", "--service", host, "--for", "60s")
    until(lambda: client.ask(host)[1] > 0.09)
    during = statistics.median(client.ask(host)[1] for _ in range(100))
    meshlab("inject", "stop", fault)
    until(lambda: is_well(client, host))
    added = (during - before) * 1000
    assert abs(added - 100) <= 5, f"{added:.2f} ms"
    return f"100 ms asked, {added:.2f} ms more at the median"


def abort(host):
    client, count = Client(), 3000
    fault = inject("abort=503@20%", "--service", host, "--for", "120s")
    until(lambda: client.ask(host)[0] == 503)
    hit = sum(client.ask(host)[0] == 503 for _ in range(count))
    listed = next(one for one in json.loads(meshlab("faults", "--json")) if one["id"] == fault)
    meshlab("inject", "stop", fault)
    until(lambda: all(is_well(client, host) for _ in range(20)))
    half = 3.29 * math.sqrt(0.2 * 0.8 / count)
    assert abs(hit / count - 0.2) <= half, f"{hit / count:.2%}"
    return f"20% asked, {hit / count:.2%} of {count:,} at the client (99.9%: ± {half:.1%}); `meshlab faults` says {listed['injected']:,} of {listed['eligible']:,}"


def seconds_of_failure(client, host, longest):
    """From the first to the last failure seen."""
    first = last = None
    limit = time.monotonic() + longest
    while time.monotonic() < limit:
        status, _, at = client.ask(host)
        if status != 200:
            first, last = first or at, at
        elif first and at > last + 2:
            break
        time.sleep(0.01)
    assert first, "no request failed"
    return last - first


def on_time():
    client = Client()
    inject("abort=503@100%", "--service", "nginx", "--for", "4s")
    took = seconds_of_failure(client, "nginx", 20)
    assert 3 < took <= 4.2, f"{took:.2f} s"
    return f"4 s asked, {took:.2f} s from the first to the last failure"


def held(end, least, most):
    client = Client()
    holder = subprocess.Popen(["dotnet", peers.PROGRAM, "inject", "abort=503@100%", "--service", "caddy", "--for", "5m", "--allow-large", *where], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=work)
    until(lambda: client.ask("caddy")[0] == 503)
    time.sleep(6)   # it has been renewed
    at = time.monotonic()
    holder.send_signal(end)
    holder.wait()
    last = at
    while time.monotonic() < at + most + 2:
        status, _, began = client.ask("caddy")
        last = began if status != 200 else last
        time.sleep(0.01)
    took = last - at
    assert least <= took <= most, f"{took:.2f} s"
    return f"gone {took:.1f} s after it"


class Load:
    """Open loop: some threads that ask at a fixed pace and note every failure."""

    def __init__(self, threads=4, pace=0.04):
        self.count, self.failures, self.slow, self.over = 0, [], [], False
        self.threads = [threading.Thread(target=self.work, args=(pace,), daemon=True) for _ in range(threads)]
        for thread in self.threads:
            thread.start()

    def work(self, pace):
        client, n = Client(), 0
        while not self.over:
            host = HOSTS[n % 3]
            n += 1
            try:
                status, took, began = client.ask(host)
                if status != 200:
                    self.failures.append((began, host, status))
                if took > 0.25:
                    self.slow.append(began)
            except OSError as error:
                self.failures.append((time.monotonic(), host, repr(error)))
                client = Client()
            self.count += 1
            time.sleep(pace)

    def end(self):
        self.over = True
        for thread in self.threads:
            thread.join()


def kill_the_control_plane():
    global plane
    load = Load()
    time.sleep(SECONDS)
    asked = time.monotonic()
    inject("delay=300ms@20%", "--service", "nginx", "--for", "10s")
    until(lambda: load.slow and load.slow[-1] > asked, 10)
    plane.send_signal(signal.SIGKILL)
    killed = time.monotonic()
    time.sleep(SECONDS)
    restarted = time.monotonic()
    plane = control_plane()

    def converged():
        try:
            status = json.loads(meshlab("status", "--json"))
        except AssertionError:
            return False
        return sum(proxy["connected"] for proxy in status["proxies"]) == 4 and len({proxy["acknowledged"] for proxy in status["proxies"] if proxy["service"] == "web"}) == 1

    until(converged, 60)
    back = time.monotonic() - restarted
    fault = inject("abort=503@100%", "--service", "caddy", "--for", "30s")   # it is heard again, once it has settled
    until(lambda: any(host == "caddy" and status == 503 for _, host, status in load.failures), 25)
    heard = time.monotonic() - restarted
    meshlab("inject", "stop", fault)
    load.end()
    failures = [one for one in load.failures if one[1:] != ("caddy", 503)]
    assert not failures, failures[:5]
    last = max(at for at in load.slow if asked < at < restarted)
    lease = last - asked
    assert lease <= 10.7, f"the fault went on for {lease:.2f} s"
    return (f"{load.count:,} requests over {SECONDS} s before and {SECONDS} s after, none failed; the fault of 10 s, injected {killed - asked:.1f} s before the kill, hit its last request {lease:.1f} s after it was asked for; "
            f"started anew, all four sidecars are back after {back:.1f} s, and a new fault acts after {heard:.1f} s")


os.makedirs(f"{work}/conf", exist_ok=True)
with open(f"{work}/conf/mesh.yaml", "w") as file:
    file.write("version: 1\nservices: {nginx: {}, caddy: {}, node: {}}\nmesh: {defaults: {timeout: 20s}}\n")
admin, listen, outbound = peers.free_port(), peers.free_port(), peers.free_port()
where = ["--control-plane", f"http://127.0.0.1:{admin}", "--token-file", f"{state}/admin.token"]
try:
    ports = peers.servers(work)
    plane = control_plane()
    peers.wait_for(admin)
    for host in HOSTS:
        sidecar(host, "--inbound", "127.0.0.1:0", "--application", f"127.0.0.1:{ports[host]}")
    sidecar("web", "--outbound", f"127.0.0.1:{outbound}", "--calls", ",".join(HOSTS))
    peers.wait_for(outbound)
    first = Client()
    for host in HOSTS:
        until(lambda: is_well(first, host))
    for host in HOSTS:
        row(f"delay, {host}", lambda: delay(host))
        row(f"abort, {host}", lambda: abort(host))
    row("a fault of 4 s, nginx", on_time)
    row("Ctrl-C of `meshlab inject`, Caddy", lambda: held(signal.SIGINT, 0, 2))
    row("`kill -9` of `meshlab inject`, Caddy", lambda: held(signal.SIGKILL, 5, 15.7))
    row("`kill -9` of the control plane under load", kill_the_control_plane)
finally:
    peers.stop_all()

with open(result, "w") as file:
    file.write("# Faults in a mesh of servers that we did not write\n\nWritten by `tests/interop.sh`: nginx, Caddy and Node behind sidecars in processes of their own, one caller's sidecar, one control plane, measured at the client.\n\n")
    file.write("| what | as promised | seen |\n|---|---|---|\n" + "".join(f"| {name} | {ok} | {said} |\n" for name, ok, said in rows))
sys.exit(0 if all(ok == "yes" for _, ok, _ in rows) else 1)
