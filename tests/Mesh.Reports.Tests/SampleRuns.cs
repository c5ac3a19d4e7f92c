using MathNet.Numerics.Random;
using Mesh.Reports.Results;
using Mesh.Runtime.Telemetry;

namespace Mesh.Reports.Tests;

/// <summary>Runs that look like real ones, from fixed streams of random numbers.</summary>
internal static class SampleRuns
{
    /// <summary>A shop of six services with a brownout of payments from 30 s to 50 s of 90 s.</summary>
    public static RunRecord Shop(int replications = 5, int perSecond = 40) => new()
    {
        Scenario = "checkout-brownout",
        File = "scenarios/checkout-brownout.yaml",
        Description = "Payments slows down for 20 s. Checkout must stay up, and must not be kept down by its own retries.",
        Seed = 42,
        DurationSeconds = 90,
        WarmupSeconds = 10,
        Replications = [.. Enumerable.Range(0, replications).Select(i => ShopReplication(i, perSecond))],
        Verdicts =
        [
            new() { Expression = "success_rate >= 99%", Verdict = Verdict.Fail, Observed = 0.9744, Low = 0.9721, High = 0.9767, Limit = 0.99, Unit = "ratio", Explanation = "2.56% of the requests failed, most of them with UT in phase brownout." },
            new() { Expression = "latency.p99{service=storefront, path=/home} < 60ms", Verdict = Verdict.Pass, Observed = 0.0312, Low = 0.0305, High = 0.0319, Limit = 0.06, Unit = "s" },
            new() { Expression = "retry_amplification{to=payments, phase=brownout} < 1.3", Verdict = Verdict.Fail, Observed = 1.52, Low = 1.49, High = 1.55, Limit = 1.3 },
            new() { Expression = "latency.p999{to=stock} < 100ms", Verdict = Verdict.NotEnoughData, Unit = "s", Limit = 0.1, Explanation = "A p99.9 needs 1,000 requests in every replication; one has 640." },
        ],
        NotModelled = ["The sidecars' own cost per request (0 unless given).", "CPU contention between replicas on one node.", "DNS and the control plane's load."],
        Settings = [new("Sidecar cost per request", "0 (not given)"), new("Network, same zone", "0.3 ms mean, 1 ms p99"), new("Load balancer", "leastRequest, 2 choices, with replacement")],
        Versions = [new("MeshLab", "0.1.0"), new(".NET", "10.0.12"), new("Platform", "linux-x64")],
        Replay = "meshlab run scenarios/checkout-brownout.yaml --seed 42 --replications 5",
    };

    /// <summary>A tree of services: each calls <paramref name="fanOut"/> others, down to <paramref name="levels"/>.</summary>
    public static RunRecord Tree(int levels, int fanOut, int requests)
    {
        var mesh = new ToyMesh();
        var draws = new MersenneTwister(7);
        var usages = new List<ReplicaUsage>();
        for (int i = 0; i < requests; i++) Visit("ingress", "s0", 0, i * 60_000.0 / requests);
        void Visit(string from, string service, int level, double start)
        {
            double took = 5 * (levels - level) - 4 * Math.Log(draws.NextDouble());
            if (level < levels - 1)
                for (int child = 0; child < fanOut; child++) Visit(service, $"{service}-{child}", level + 1, start + 1);
            bool fails = service.EndsWith("-3", StringComparison.Ordinal) && draws.NextDouble() < 0.01;
            mesh.Call(from, service, "/", start, took, fails ? 503 : 200);
        }
        var record = Record(mesh, 0, 60, 0, []);
        usages.AddRange(record.Services.SelectMany(service => Enumerable.Range(0, 2).Select(i =>
            new ReplicaUsage(service.Name, $"{service.Name}-{i}", "a", 16, 0.2 + 0.5 * draws.NextDouble(), 0.3, 4, 1000, 0))));
        return new RunRecord
        {
            Scenario = $"tree of {record.Services.Count} services", Seed = 7, DurationSeconds = 60, Replications = [record with { Replicas = usages }],
            Replay = "meshlab run tree.yaml --rate 200/s", NotModelled = ["Service times: the graph does not say them; 5 ms are taken."],
        };
    }

    private static ReplicationRecord ShopReplication(int number, int perSecond)
    {
        var mesh = new ToyMesh();
        var draws = new MersenneTwister(100 + number);
        double Spread(double mean) => mean * (0.4 - 0.6 * Math.Log(draws.NextDouble()));
        for (double at = 0; at < 90_000; at -= 1000.0 / perSecond * Math.Log(draws.NextDouble()))
        {
            bool brownout = at is >= 30_000 and < 50_000;
            bool checkout = draws.NextDouble() < 0.2;
            double cart = Spread(3);
            mesh.Call("storefront", "cart", "/cart", at + 1, cart);
            if (!checkout)
            {
                mesh.Call("ingress", "storefront", "/home", at, cart + Spread(4));
                continue;
            }
            double pay = Spread(brownout ? 240 : 20);
            int attempts = pay > 250 && brownout ? (draws.NextDouble() < 0.5 ? 3 : 2) : 1;
            bool failed = attempts == 3 && draws.NextDouble() < 0.7;
            mesh.Call("storefront", "payments", "/pay", at + 2, Math.Min(pay, 250) * attempts, failed ? 504 : 200, attempts, failed ? ResponseFlags.UT | ResponseFlags.URX : 0);
            mesh.Call("payments", "ledger", "/book", at + 3, Spread(8));
            mesh.Call("storefront", "stock", "/reserve", at + 2, Spread(5));
            mesh.Call("stock", "warehouse", "/query", at + 3, Spread(2), draws.NextDouble() < 0.0005 ? 503 : 200);
            mesh.Call("ingress", "storefront", "/checkout", at, Math.Min(pay, 250) * attempts + cart + Spread(4), failed ? 503 : 200);
        }
        mesh.Breaker("storefront", "payments", 35_000, 1).Breaker("storefront", "payments", 40_000, 2).Breaker("storefront", "payments", 40_100, 0);
        PhaseSpan[] phases = [new("ramp", 0, ToyMesh.Ms(30_000)), new("brownout", ToyMesh.Ms(30_000), ToyMesh.Ms(50_000))];
        var record = Record(mesh, number, 90, 10, phases);
        return record with
        {
            Replicas = [.. record.Services.SelectMany((service, s) => Enumerable.Range(0, 4).Select(i =>
                new ReplicaUsage(service.Name, $"{service.Name}-v1-{i}", i % 2 == 0 ? "a" : "b", 16, Math.Min(1, 0.1 + 0.12 * s + 0.05 * draws.NextDouble() * s), s, 4 * s, 1000, 0)))],
            Services = [.. record.Services.Select((service, s) => service with { Utilisation = [.. Enumerable.Range(0, 90).Select(w => Math.Min(1, 0.1 + 0.05 * s + (service.Name == "payments" && w is > 30 and < 52 ? 0.5 : 0) + 0.03 * draws.NextDouble()))] })],
        };
    }

    private static ReplicationRecord Record(ToyMesh mesh, int number, double seconds, double warmup, IReadOnlyList<PhaseSpan> phases)
    {
        var recorder = new RunRecorder(mesh.Directory, new RecorderOptions { End = ToyMesh.Ms(seconds * 1000), Warmup = ToyMesh.Ms(warmup * 1000), Phases = phases });
        mesh.Play(recorder);
        return recorder.Finish(new ReplicationFacts
        {
            Replication = number, Seed = 42 + (ulong)number, TraceHash = "a3f1c09b7e52d84466f0b1925c3de877", VirtualSeconds = seconds, WallSeconds = 1.4, EventsFired = mesh.Events.Count * 3,
        });
    }
}
