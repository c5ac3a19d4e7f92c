using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Mesh.Runtime.Tests.ControlPlane.Discovery;

namespace Mesh.Runtime.Tests.Telemetry.Metrics;

/// <summary>A real Prometheus (Debian's) scrapes the sidecars' metrics and answers PromQL.</summary>
public class PrometheusTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [SkippableFact]
    public async Task Prometheus_scrapes_and_answers_rate_percentile_and_every_expression_of_the_dashboard()
    {
        Skip.IfNot(DebianPackage.IsThere("prometheus", "prometheus"), "prometheus is not installed, and apt cannot install it.");
        await using var telemetry = Sample.Telemetry(new());
        await using var target = await Receiver.StartAsync(map: app => telemetry.MapMetrics(app));
        using var prometheus = Prometheus.Start(target.Address);

        var began = Stopwatch.StartNew();
        double rate = double.NaN, p99 = double.NaN;
        while (!(rate > 0) && began.Elapsed < Patience)
        {
            for (int i = 0; i < 100; i++) telemetry.On(Sample.Request with { Duration = TimeSpan.FromMilliseconds(i) });
            AllMetrics.Tell(telemetry);
            await Task.Delay(200);
            rate = await prometheus.QueryAsync("""sum(rate(istio_requests_total{reporter="source",destination_service="payments"}[30s]))""");
            p99 = await prometheus.QueryAsync("histogram_quantile(0.99, sum by (le) (rate(istio_request_duration_milliseconds_bucket[30s])))");
        }
        Assert.True(rate > 0, $"no rate after {began.Elapsed}; prometheus says: {prometheus.Log}");
        Assert.InRange(p99, 90, 100);

        foreach (string expression in Dashboard.Expressions())
        {
            string query = expression.Replace("$__rate_interval", "30s").Replace("$reporter", "source").Replace("$service", ".*");
            await prometheus.QueryAsync(query);   // throws where PromQL does not understand it
        }
        Assert.Equal(1, await prometheus.QueryAsync("""max(meshlab_breaker_state{service="payments"})"""));
    }
}

/// <summary>A Prometheus of the test's own, with its data in a folder that goes with it.</summary>
internal sealed class Prometheus : IDisposable
{
    private readonly Process _process;
    private readonly string _folder;
    private readonly HttpClient _client;
    private readonly System.Text.StringBuilder _log = new();

    private Prometheus(Process process, string folder, int port)
    {
        _process = process;
        _folder = folder;
        _client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        process.ErrorDataReceived += (_, line) => { lock (_log) _log.AppendLine(line.Data); };
        process.BeginErrorReadLine();
    }

    public string Log
    {
        get { lock (_log) return _log.ToString(); }
    }

    public static Prometheus Start(Uri target)
    {
        string folder = Directory.CreateTempSubdirectory("meshlab-prometheus").FullName;
        int port = Daemon.FreePorts(1)[0];
        File.WriteAllText(Path.Combine(folder, "prometheus.yml"), $$"""
            global: {scrape_interval: 1s}
            scrape_configs:
              - job_name: meshlab
                static_configs: [{targets: ["{{target.Authority}}"]}]
            """);
        var start = new ProcessStartInfo("prometheus") { RedirectStandardError = true };
        foreach (string argument in (string[])[$"--config.file={folder}/prometheus.yml", $"--storage.tsdb.path={folder}/data", $"--web.listen-address=127.0.0.1:{port}"])
            start.ArgumentList.Add(argument);
        return new Prometheus(Process.Start(start)!, folder, port);
    }

    /// <summary>The first value; NaN where there is none yet, or no server yet.</summary>
    public async Task<double> QueryAsync(string expression)
    {
        try
        {
            using var answer = await _client.PostAsync("/api/v1/query", new FormUrlEncodedContent([new("query", expression)]));
            if (answer.StatusCode == HttpStatusCode.ServiceUnavailable) return double.NaN;
            using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
            Assert.True(json.RootElement.GetProperty("status").GetString() == "success", $"{expression}: {json.RootElement}");
            var result = json.RootElement.GetProperty("data").GetProperty("result");
            string? value = result.GetArrayLength() == 0 ? "NaN" : result[0].GetProperty("value")[1].GetString();
            return value == "+Inf" ? double.PositiveInfinity : double.Parse(value!, System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (HttpRequestException)
        {
            return double.NaN;
        }
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _client.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}

/// <summary>Servers of Debian that tests need: installed when they are missing and apt works.</summary>
internal static class DebianPackage
{
    public static bool IsThere(string program, string package)
    {
        if (Succeeds("sh", "-c", $"command -v {program}")) return true;
        return Succeeds("sh", "-c", $"apt-get update -qq; apt-get install -y -qq {package}") && Succeeds("sh", "-c", $"command -v {program}");
    }

    private static bool Succeeds(string file, params string[] arguments)
    {
        var start = new ProcessStartInfo(file) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        start.Environment["DEBIAN_FRONTEND"] = "noninteractive";
        using var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
