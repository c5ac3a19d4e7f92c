using OpenTelemetry.Exporter;

namespace Mesh.Runtime.Telemetry;

/// <summary>What the user wrote of a receiver, as OpenTelemetry's exporter takes it.</summary>
internal static class OtlpSetup
{
    private const int HttpPort = 4318;

    public static void Apply(OtlpConfig config, string path, OtlpExporterOptions exporter)
    {
        bool http = (config.Transport ?? (config.Endpoint.Port == HttpPort ? OtlpTransport.HttpProtobuf : OtlpTransport.Grpc)) == OtlpTransport.HttpProtobuf;
        exporter.Protocol = http ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
        exporter.Endpoint = http ? new Uri($"{config.Endpoint.AbsoluteUri.TrimEnd('/')}/{path}") : config.Endpoint;
        if (config.Headers.Count > 0)
            exporter.Headers = string.Join(',', config.Headers.Select(header => $"{header.Key}={Uri.EscapeDataString(header.Value.Reveal())}"));
    }
}
