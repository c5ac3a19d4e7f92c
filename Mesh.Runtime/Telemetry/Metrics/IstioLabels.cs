using System.Globalization;

namespace Mesh.Runtime.Telemetry.Metrics;

/// <summary>
/// The labels of Istio's standard metrics and their values for one request. Labels that MeshLab cannot know (the cluster) are <c>unknown</c>, as in Istio.
/// The array is the thread's own and is filled anew for each request: nothing is allocated.
/// </summary>
internal static class IstioLabels
{
    private const string Unknown = "unknown";

    /// <summary>Labels of every Istio metric, in the order in which <see cref="Fill"/> writes them.</summary>
    public static readonly string[] Common =
    [
        "reporter",
        "source_workload", "source_workload_namespace", "source_principal", "source_app", "source_version",
        "source_canonical_service", "source_canonical_revision", "source_cluster",
        "destination_workload", "destination_workload_namespace", "destination_principal", "destination_app", "destination_version",
        "destination_service", "destination_service_name", "destination_service_namespace",
        "destination_canonical_service", "destination_canonical_revision", "destination_cluster",
        "request_protocol", "response_flags", "connection_security_policy",
    ];

    /// <summary>Labels that HTTP and gRPC have besides.</summary>
    public static readonly string[] Http = [.. Common, "response_code", "grpc_response_status"];

    private static readonly string[] Statuses = [.. Enumerable.Range(0, 600).Select(status => status.ToString(CultureInfo.InvariantCulture))];

    [ThreadStatic]
    private static KeyValuePair<string, object?>[]? _labels;

    /// <summary>The labels of <paramref name="facts"/>; valid until the thread asks again.</summary>
    public static ReadOnlySpan<KeyValuePair<string, object?>> Fill(RequestFacts facts)
    {
        var labels = _labels ??= new KeyValuePair<string, object?>[Http.Length];
        int next = 0;
        Set(facts.Reporter == Reporter.Source ? "source" : "destination");
        var (source, destination) = (facts.Source, facts.Destination);
        Set(source.Workload);
        Set(source.Namespace);
        Set(source.Principal);
        Set(source.Service);
        Set(source.Version);
        Set(source.Service);
        Set(Revision(source));
        Set(Unknown);
        Set(destination.Workload);
        Set(destination.Namespace);
        Set(destination.Principal);
        Set(destination.Service);
        Set(destination.Version);
        Set(destination.Service);
        Set(destination.Service);
        Set(destination.Namespace);
        Set(destination.Service);
        Set(Revision(destination));
        Set(Unknown);
        Set(facts.Method is null ? "tcp" : facts.IsGrpc ? "grpc" : "http");
        Set(FlagTexts.Of(facts.Flags));
        // As Istio has it: the caller's side cannot tell for certain.
        Set(facts.Reporter == Reporter.Source ? Unknown : facts.MutualTls ? "mutual_tls" : "none");
        if (facts.Method is null) return labels.AsSpan(0, next);
        Set(Number(facts.Status));
        Set(facts.GrpcStatus is { } grpc ? Number(grpc) : "");
        return labels;

        void Set(string value)
        {
            labels[next] = new(Http[next], value);
            next++;
        }
    }

    private static string Revision(WorkloadFacts workload) => workload.Version == Unknown ? "latest" : workload.Version;

    private static string Number(int value) => (uint)value < (uint)Statuses.Length ? Statuses[value] : value.ToString(CultureInfo.InvariantCulture);
}
