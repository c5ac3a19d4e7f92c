namespace Mesh.Runtime.Telemetry.AccessLogs;

/// <summary>Formats by what the user wrote.</summary>
internal static class LogFormats
{
    /// <summary>The format of a log.</summary>
    /// <param name="config">The log.</param>
    /// <param name="problems">Told everything that is wrong with it.</param>
    public static ILogFormat Create(AccessLogConfig config, Action<string> problems) => config.Encoding switch
    {
        AccessLogEncoding.EnvoyText => new TextFormat(TextFormat.Envoy, problems),
        AccessLogEncoding.IstioJson => new IstioJsonFormat(),
        AccessLogEncoding.Ecs => new EcsFormat(),
        AccessLogEncoding.Custom => new TextFormat(config.Format ?? "", problems),
        _ => new TextFormat(TextFormat.Istio, problems),
    };
}
