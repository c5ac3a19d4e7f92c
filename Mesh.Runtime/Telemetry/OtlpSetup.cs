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
        exporter.HttpClientFactory = () => Client(config, exporter.TimeoutMilliseconds);
    }

    /// <summary>Headers go straight to the client: the exporter's own text form of them cannot hold a comma.</summary>
    private static HttpClient Client(OtlpConfig config, int timeoutMilliseconds)
    {
        var client = new HttpClient(new SocketsHttpHandler { ActivityHeadersPropagator = null }) { Timeout = TimeSpan.FromMilliseconds(timeoutMilliseconds) };
        foreach (var (name, value) in config.Headers) client.DefaultRequestHeaders.TryAddWithoutValidation(name, value.Reveal());
        return client;
    }
}
