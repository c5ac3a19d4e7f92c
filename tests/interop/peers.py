"""What the suites of foreign clients and servers share: processes that end with the suite, and nginx, Caddy and Node as upstreams."""
import json, os, re, socket, subprocess, time

PROGRAM = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../Mesh.Scenarios/bin/Release/net10.0/meshlab.dll"))
GIB = 1 << 30
processes, rows = [], []


def start(command, work, **more):
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=work, **more)
    processes.append(process)
    return process


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def wait_for(port):
    for _ in range(600):
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit(f"nobody listens on {port}")


def servers(work):
    nginx, caddy = free_port(), free_port()
    os.makedirs(f"{work}/www", exist_ok=True)
    with open(f"{work}/www/small", "w") as file:
        file.write("small\n")
    with open(f"{work}/www/gib", "wb") as file:
        file.truncate(GIB)   # sparse
    with open(f"{work}/nginx.conf", "w") as file:
        file.write(f"""daemon off; user root; pid {work}/nginx.pid; error_log {work}/nginx.log; worker_processes 1; worker_rlimit_nofile 20000;
            events {{ worker_connections 10000; }}
            http {{ access_log off; client_body_temp_path {work}/t1; proxy_temp_path {work}/t2; fastcgi_temp_path {work}/t3; uwsgi_temp_path {work}/t4; scgi_temp_path {work}/t5;
                    server {{ listen 127.0.0.1:{nginx}; root {work}/www; }} }}""")
    with open(f"{work}/Caddyfile", "w") as file:
        file.write(f"{{\n admin off\n servers {{\n protocols h1 h2c\n }}\n}}\n:{caddy} {{\n bind 127.0.0.1\n root * {work}/www\n file_server\n}}\n")
    start(["nginx", "-c", f"{work}/nginx.conf", "-p", work], work)
    start(["caddy", "run", "--config", f"{work}/Caddyfile", "--adapter", "caddyfile"], work, env={**os.environ, "HOME": work})
    node = json.loads(start(["node", "servers.js"], work).stdout.readline())
    for port in (nginx, caddy, node["http"], node["grpc"]):
        wait_for(port)
    return {"nginx": nginx, "caddy": caddy, "node": node["http"], "grpc": node["grpc"]}


def memory(process):
    with open(f"/proc/{process.pid}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1)) / 1024


def run(work, *command, timeout=300):
    done = subprocess.run(command, capture_output=True, text=True, cwd=work, timeout=timeout)
    return done.returncode, done.stdout, done.stderr


def row(name, check):
    try:
        said, ok = check(), True
    except Exception as error:  # noqa: BLE001: a row that fails says why, and the others go on
        said, ok = f"{type(error).__name__}: {error}"[:300].replace("\n", " "), False
    rows.append((name, "yes" if ok else "**no**", said))
    print(f"{'ok  ' if ok else 'FAIL'} {name}: {said}", flush=True)


def stop_all():
    for process in reversed(processes):
        process.terminate()
    for process in processes:
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
