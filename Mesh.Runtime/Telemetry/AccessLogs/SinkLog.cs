using Microsoft.Extensions.Logging;

namespace Mesh.Runtime.Telemetry.AccessLogs;

/// <summary>What sinks tell the operator: when trouble begins and when it is over, not once a batch.</summary>
internal static partial class SinkLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Access log to {Sink} {Target}: {Problem} Requests are dropped and counted (meshlab_telemetry_dropped_total) while it lasts.")]
    public static partial void Failing(ILogger log, string sink, string target, string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "Access log to {Sink} {Target}: it works again.")]
    public static partial void Recovered(ILogger log, string sink, string target);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Access log to elasticsearch {Target}: {Count} of {Sent} documents were refused and are lost, the first with {Status}: {Reason}")]
    public static partial void Refused(ILogger log, string target, int count, int sent, int status, string reason);
}
