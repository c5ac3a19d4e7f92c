using Mesh.Runtime.Security;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Tests.Telemetry;

public class TelemetryConfigTests
{
    [Fact]
    public void What_is_said_by_default_is_right() => Assert.Empty(new TelemetryConfig().Problems());

    [Fact]
    public void All_problems_are_told_at_once_with_their_place()
    {
        var config = new TelemetryConfig
        {
            FlushTimeout = TimeSpan.Zero,
            Metrics = new() { MaxSeries = 1, ExportInterval = TimeSpan.Zero, Otlp = new() { Endpoint = new Uri("ftp://collector"), Headers = new Dictionary<string, Secret> { ["a b"] = new("x") } } },
            Tracing = new() { SamplingPercent = 101, Propagation = 0 },
            AccessLogs =
            [
                new() { Encoding = AccessLogEncoding.Custom, QueueSize = 0 },
                new() { Encoding = AccessLogEncoding.Custom, Format = "%FOO% %REQ(Authorization)% %START_TIME(%Q)%" },
                new() { Encoding = AccessLogEncoding.Ecs, Format = "%PROTOCOL%", Sink = new LogFileConfig { Path = "/no/such/folder/access.log" } },
                new() { Sink = new ElasticsearchConfig { Endpoint = new Uri("http://me:hush@elastic:9200"), Index = "Logs-%Y", Username = "me", ApiKey = new("hush"), MaxDocuments = 0 } },
            ],
        };
        string all = string.Join('\n', config.Problems());
        Assert.All(
            (string[])["telemetry.flushTimeout", "telemetry.metrics.maxSeries: 1 is not from 10", "telemetry.metrics.exportInterval", "telemetry.metrics.otlp.endpoint", "telemetry.metrics.otlp.headers: 'a b'",
                "telemetry.tracing.samplingPercent: 101", "telemetry.tracing.propagation", "telemetry.tracing: it has no receiver",
                "telemetry.accessLogs[0].format: missing", "telemetry.accessLogs[0].queueSize", "telemetry.accessLogs[1].format: '%FOO%'", "telemetry.accessLogs[1].format: '%REQ(Authorization)%' would log a secret",
                "telemetry.accessLogs[1].format: '%Q' is not a specifier", "telemetry.accessLogs[2].format: given, but", "telemetry.accessLogs[2].sink.path",
                "telemetry.accessLogs[3].sink.endpoint: it has a user or password", "telemetry.accessLogs[3].sink.index", "telemetry.accessLogs[3].sink: both", "telemetry.accessLogs[3].sink: a user and a password",
                "telemetry.accessLogs[3].sink: Elasticsearch takes documents", "telemetry.accessLogs[3].sink.maxDocuments"],
            problem => Assert.Contains(problem, all));
        Assert.DoesNotContain("hush", all);
        var thrown = Assert.Throws<ArgumentException>(() => new LiveTelemetry(config, new(), Sample.Random, TimeProvider.System));
        Assert.Contains(all, thrown.Message);
    }

    [Fact]
    public void An_unknown_operator_is_told_with_the_known_ones()
    {
        string problem = Assert.Single(new TelemetryConfig { AccessLogs = [new() { Encoding = AccessLogEncoding.Custom, Format = "%UPSTREAM_HOSTT%" }] }.Problems());
        Assert.Contains("'%UPSTREAM_HOSTT%' is not an operator", problem);
        Assert.Contains("%UPSTREAM_HOST%", problem);
        Assert.Contains("%REQ%", problem);
    }

    [Fact]
    public void Secrets_do_not_show_in_a_config_s_text()
    {
        var config = new ElasticsearchConfig { Endpoint = new Uri("http://elastic:9200"), Username = "me", Password = new("hush") };
        Assert.Contains("***", config.ToString());
        Assert.DoesNotContain("hush", config.ToString());
        Assert.Equal("hush", config.Password.Reveal());
    }
}
