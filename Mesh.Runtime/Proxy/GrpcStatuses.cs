namespace Mesh.Runtime.Proxy;

/// <summary>gRPC statuses as the HTTP statuses that they stand for (gRPC's HTTP mapping, as Envoy's outlier detection uses it).</summary>
internal static class GrpcStatuses
{
    private static readonly int[] Http = [200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401];

    /// <summary>The HTTP status, unless the answer is a 200 that carries a gRPC failure.</summary>
    public static int Effective(int status, int grpcStatus) =>
        grpcStatus <= 0 || status != 200 ? status : grpcStatus < Http.Length ? Http[grpcStatus] : 500;
}
