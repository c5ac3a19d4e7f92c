using Mesh.Runtime.Telemetry.AccessLogs;

namespace Mesh.Runtime.Telemetry;

/// <summary>The rules that a <see cref="TelemetryConfig"/> keeps. Each problem says where, what was given, and what is allowed; secrets are not repeated.</summary>
internal static class TelemetryRules
{
    public static IReadOnlyList<string> Check(TelemetryConfig config)
    {
        List<string> problems = [];
        if (config.FlushTimeout <= TimeSpan.Zero) problems.Add($"telemetry.flushTimeout: {config.FlushTimeout} is not above 0.");
        if (config.Metrics is { } metrics) Metrics(metrics, problems);
        if (config.Tracing is { } tracing) Tracing(tracing, problems);
        for (int i = 0; i < config.AccessLogs.Count; i++) AccessLog(config.AccessLogs[i], $"telemetry.accessLogs[{i}]", problems);
        return problems;
    }

    private static void Metrics(MetricsConfig config, List<string> problems)
    {
        Between("telemetry.metrics.maxSeries", config.MaxSeries, 10, 1_000_000, problems);
        AtLeast("telemetry.metrics.exportInterval", config.ExportInterval, TimeSpan.FromMilliseconds(100), problems);
        Otlp("telemetry.metrics.otlp", config.Otlp, problems);
    }

    private static void Tracing(TracingConfig config, List<string> problems)
    {
        if (!(config.SamplingPercent is >= 0 and <= 100)) problems.Add($"telemetry.tracing.samplingPercent: {config.SamplingPercent} is not a share from 0 to 100.");
        const TracePropagation all = TracePropagation.W3C | TracePropagation.B3Single | TracePropagation.B3Multi;
        if (config.Propagation == 0 || (config.Propagation & ~all) != 0) problems.Add("telemetry.tracing.propagation: none, or an unknown one. Known: W3C, B3Single, B3Multi.");
        if (config.Otlp is null && config.Zipkin is null) problems.Add("telemetry.tracing: it has no receiver. Give otlp, zipkin or both.");
        AtLeast("telemetry.tracing.exportDelay", config.ExportDelay, TimeSpan.FromMilliseconds(10), problems);
        Otlp("telemetry.tracing.otlp", config.Otlp, problems);
        if (config.Zipkin is { } zipkin) Endpoint("telemetry.tracing.zipkin", zipkin, problems);
    }

    private static void AccessLog(AccessLogConfig config, string at, List<string> problems)
    {
        Between($"{at}.queueSize", config.QueueSize, 1, 1_000_000, problems);
        if (config.Encoding == AccessLogEncoding.Custom && config.Format is null) problems.Add($"{at}.format: missing. The encoding Custom needs one, in Envoy's operators. Known: {LogOperators.Known}.");
        else LogFormats.Create(config, problem => problems.Add($"{at}.format: {problem}"));
        if (config.Encoding != AccessLogEncoding.Custom && config.Format is not null) problems.Add($"{at}.format: given, but the encoding is {config.Encoding}. Only Custom takes a format.");
        switch (config.Sink)
        {
            case LogFileConfig { Path: var path }: LogFile($"{at}.sink.path", path, problems); break;
            case ElasticsearchConfig elastic: Elasticsearch(elastic, config.Encoding, $"{at}.sink", problems); break;
        }
    }

    private static void LogFile(string at, string path, List<string> problems)
    {
        if (string.IsNullOrWhiteSpace(path)) problems.Add($"{at}: empty. Give the file that lines are appended to.");
        else if (Directory.Exists(path)) problems.Add($"{at}: '{path}' is a folder. Give a file.");
        else if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder && !Directory.Exists(folder)) problems.Add($"{at}: the folder of '{path}' does not exist. Make it first.");
    }

    private static void Elasticsearch(ElasticsearchConfig config, AccessLogEncoding encoding, string at, List<string> problems)
    {
        Endpoint($"{at}.endpoint", config.Endpoint, problems);
        if (encoding is not (AccessLogEncoding.Ecs or AccessLogEncoding.IstioJson)) problems.Add($"{at}: Elasticsearch takes documents, and the encoding is {encoding}. Use Ecs or IstioJson.");
        _ = new LogTime(config.Index, out string? problem);
        if (problem is not null) problems.Add($"{at}.index: {problem}");
        if (config.Index.Length == 0 || config.Index.Any(c => char.IsControl(c) || (char.IsUpper(c) && !config.Index.Contains($"%{c}", StringComparison.Ordinal)) || "\"\\/*?<>| ,#:".Contains(c)))
            problems.Add($"{at}.index: '{config.Index}' is not an index's name: lower case, without \" \\ / * ? < > | , # : and spaces.");
        if (config.ApiKey is not null && config.Username is not null) problems.Add($"{at}: both an API key and a user. Give one of them.");
        if (config.Username is null != config.Password is null) problems.Add($"{at}: a user and a password belong together, and one of them is missing.");
        Between($"{at}.maxDocuments", config.MaxDocuments, 1, 100_000, problems);
        Between($"{at}.maxBytes", config.MaxBytes, 1_000, 100_000_000, problems);
        AtLeast($"{at}.maxWait", config.MaxWait, TimeSpan.FromMilliseconds(1), problems);
        AtLeast($"{at}.requestTimeout", config.RequestTimeout, TimeSpan.FromMilliseconds(1), problems);
        AtLeast($"{at}.backoffBase", config.BackoffBase, TimeSpan.FromMilliseconds(1), problems);
        AtLeast($"{at}.backoffMax", config.BackoffMax, config.BackoffBase, problems);
    }

    private static void Otlp(string at, OtlpConfig? config, List<string> problems)
    {
        if (config is null) return;
        Endpoint($"{at}.endpoint", config.Endpoint, problems);
        foreach (string name in config.Headers.Keys.Where(name => name.Length == 0 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')))
            problems.Add($"{at}.headers: '{name}' is not a header's name.");
    }

    private static void Endpoint(string at, Uri endpoint, List<string> problems)
    {
        if (!endpoint.IsAbsoluteUri || endpoint.Scheme is not ("http" or "https")) problems.Add($"{at}: not an address of HTTP. Write http://HOST:PORT or https://HOST:PORT.");
        else if (endpoint.UserInfo.Length > 0) problems.Add($"{at}: it has a user or password in it. Take them out; there are keys of their own for them.");
    }

    private static void Between(string at, int value, int least, int most, List<string> problems)
    {
        if (value < least || value > most) problems.Add($"{at}: {value} is not from {least} to {most}.");
    }

    private static void AtLeast(string at, TimeSpan value, TimeSpan least, List<string> problems)
    {
        if (value < least) problems.Add($"{at}: {value} is below {least}.");
    }
}
