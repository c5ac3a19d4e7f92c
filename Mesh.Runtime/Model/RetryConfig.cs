namespace Mesh.Runtime.Model;

/// <summary>Conditions under which an attempt counts as failed and may be repeated, by Envoy's names.</summary>
[Flags]
public enum RetryOn
{
    /// <summary>Nothing is retried.</summary>
    None = 0,

    /// <summary>Any 5xx, and any reset, time-out or connect failure of the attempt. <c>5xx</c></summary>
    ServerError = 1,

    /// <summary>502, 503, 504, and any reset, time-out or connect failure. <c>gateway-error</c></summary>
    GatewayError = 2,

    /// <summary>No response headers at all: reset, time-out, connect failure. <c>reset</c></summary>
    Reset = 4,

    /// <summary>The connection could not be made. <c>connect-failure</c></summary>
    ConnectFailure = 8,

    /// <summary>409. <c>retriable-4xx</c></summary>
    Retriable4xx = 16,

    /// <summary>One of <see cref="RetryConfig.StatusCodes"/>. Written as the numbers themselves.</summary>
    StatusCodes = 32,
}

/// <summary>When and how often a failed attempt is repeated.</summary>
public sealed record RetryConfig
{
    /// <summary>Retries after the first attempt, 0 or more. Default 2 (Istio).</summary>
    public int Attempts { get; init; } = 2;

    /// <summary>What is retried. Default <see cref="RetryOn.GatewayError"/>.</summary>
    public RetryOn On { get; init; } = RetryOn.GatewayError;

    /// <summary>Statuses retried under <see cref="RetryOn.StatusCodes"/>.</summary>
    public IReadOnlyList<int> StatusCodes { get; init; } = [];

    /// <summary>Base interval of the back-off, 1 ms or more. Default 25 ms (Envoy, Istio).</summary>
    public TimeSpan BackoffBase { get; init; } = TimeSpan.FromMilliseconds(25);

    /// <summary>Longest interval of the back-off; <c>null</c> is ten times the base (Envoy).</summary>
    public TimeSpan? BackoffMax { get; init; }
}
