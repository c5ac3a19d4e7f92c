using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;

namespace Mesh.Scenarios.Running.Live;

/// <summary>
/// Sends the requests that the virtual world would hand to an outbound pipeline over HTTP to a sidecar: the service's name as the host, key, parent and deadline as headers (<see cref="MeshHeaders"/>).
/// One for a process and way; it is safe to use from all threads.
/// </summary>
internal sealed class LiveClient : IDisposable
{
    private readonly HttpMessageInvoker _http;
    private readonly TimeProvider _time;
    private readonly string? _address;
    private readonly Func<JwtToken, string>? _token;

    /// <param name="options">The way.</param>
    /// <param name="time">The world's time; its timestamps are ticks.</param>
    public LiveClient(LiveClientOptions options, TimeProvider time)
    {
        _time = time;
        _address = options.Outbound is { } outbound ? $"http://{outbound}" : null;
        _token = options.Token;
        _http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            // Without an address of its own the service is called by its name, through HTTP_PROXY where the environment has one.
            UseProxy = _address is null,
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            // The trace is the application's to pass on, not the client library's to begin.
            ActivityHeadersPropagator = null,
            MaxConnectionsPerServer = options.MaxConnections,
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(2),
            ConnectTimeout = TimeSpan.FromSeconds(10),
        });
    }

    /// <summary>Sends a request and takes its whole answer. Never throws: what came instead of an answer, the answer says.</summary>
    /// <param name="request">The request.</param>
    /// <param name="passedOn">Headers of the request in whose course it is made.</param>
    /// <param name="cancellation">Cancelled when the caller gives up.</param>
    public async Task<LiveAnswer> SendAsync(MeshRequest request, IReadOnlyList<KeyValuePair<string, string>> passedOn, CancellationToken cancellation)
    {
        int status = 0;
        try
        {
            using var message = Message(request, passedOn);
            using var response = await _http.SendAsync(message, cancellation).ConfigureAwait(false);
            status = (int)response.StatusCode;
            long bytes = await ReadAsync(response.Content, cancellation).ConfigureAwait(false);
            return new LiveAnswer(status, bytes) { GrpcStatus = GrpcStatus(response), Flags = First(response, MeshHeaders.Flags) };
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return new LiveAnswer(status, 0) { Failure = "the caller gave up", GaveUp = true };
        }
        catch (Exception error) when (error is HttpRequestException or IOException or SocketException or OperationCanceledException)
        {
            return new LiveAnswer(status, 0) { Failure = error.GetBaseException().Message };
        }
    }

    public void Dispose() => _http.Dispose();

    private HttpRequestMessage Message(MeshRequest request, IReadOnlyList<KeyValuePair<string, string>> passedOn)
    {
        string authority = request.Authority ?? request.Class.Service;
        if (request.Port != 80) authority = string.Create(CultureInfo.InvariantCulture, $"{authority}:{request.Port}");
        var token = request.Token is { } claims && _token is not null ? (claims.Place, Text: _token(claims)) : default;
        var query = token.Place is { Kind: TokenPlaceKind.Query, Name: var parameter } ? [.. request.Query, new(parameter, token.Text)] : request.Query;
        var message = new HttpRequestMessage(HttpMethod.Parse(request.Method), new Uri($"{_address ?? $"http://{authority}"}{request.Class.Path}{Text(query)}"));
        if (request.BodyBytes > 0) message.Content = new SizedContent(request.BodyBytes);
        var headers = message.Headers;
        if (_address is not null) headers.Host = authority;
        foreach (var (name, value) in passedOn) headers.TryAddWithoutValidation(name, value);
        foreach (var (name, value) in request.Headers)
        {
            if (!headers.TryAddWithoutValidation(name, value)) message.Content?.Headers.TryAddWithoutValidation(name, value);
        }
        AddMeshHeaders(headers, request);
        if (token.Place is { Kind: TokenPlaceKind.Header } place) headers.TryAddWithoutValidation(place.Name, place.Prefix + token.Text);
        return message;
    }

    private void AddMeshHeaders(System.Net.Http.Headers.HttpRequestHeaders headers, MeshRequest request)
    {
        headers.TryAddWithoutValidation(MeshHeaders.Key, MeshHeaders.Format(request.Key));
        if (request.ParentKey != 0)
        {
            headers.TryAddWithoutValidation(MeshHeaders.Parent, MeshHeaders.Format(request.ParentKey));
            if (request.ParentAttempt > 0) headers.TryAddWithoutValidation(MeshHeaders.ParentAttempt, request.ParentAttempt.ToString(CultureInfo.InvariantCulture));
        }
        long now = _time.GetElapsedTime(0, _time.GetTimestamp()).Ticks;
        long late = (now - request.IntendedStart) / TimeSpan.TicksPerMicrosecond;
        if (late > 0) headers.TryAddWithoutValidation(MeshHeaders.Late, late.ToString(CultureInfo.InvariantCulture));
        if (request.Deadline == long.MaxValue) return;
        long left = Math.Max(1, (request.Deadline - now) / TimeSpan.TicksPerMillisecond);
        headers.TryAddWithoutValidation(MeshHeaders.ExpectedTimeout, left.ToString(CultureInfo.InvariantCulture));
    }

    private static string Text(IReadOnlyList<KeyValuePair<string, string>> query) =>
        query.Count == 0 ? "" : "?" + string.Join('&', query.Select(part => $"{Uri.EscapeDataString(part.Key)}={Uri.EscapeDataString(part.Value)}"));

    private static async Task<long> ReadAsync(HttpContent content, CancellationToken cancellation)
    {
        using var body = await content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(16 << 10);
        try
        {
            long total = 0;
            while (await body.ReadAsync(buffer, cancellation).ConfigureAwait(false) is var read and > 0) total += read;
            return total;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static int GrpcStatus(HttpResponseMessage response) =>
        int.TryParse(First(response, "grpc-status"), NumberStyles.None, CultureInfo.InvariantCulture, out int status) ? status : 0;

    private static string? First(HttpResponseMessage response, string header) =>
        response.Headers.TryGetValues(header, out var values) || response.TrailingHeaders.TryGetValues(header, out values) ? values.FirstOrDefault() : null;
}

/// <summary>The way of requests to a sidecar.</summary>
internal sealed record LiveClientOptions
{
    /// <summary>Where the sidecar takes outbound traffic for all services, told apart by the host header; <c>null</c> calls services by name, through <c>HTTP_PROXY</c> where the environment has it.</summary>
    public EndpointAddress? Outbound { get; init; }

    /// <summary>Connections to it at once; further requests wait for one. Default 4096.</summary>
    public int MaxConnections { get; init; } = 4096;

    /// <summary>Signs a scenario's token: its compact form, <c>eyJ…</c>; <c>null</c> sends none.</summary>
    public Func<JwtToken, string>? Token { get; init; }
}

/// <summary>What became of a request.</summary>
/// <param name="Status">The HTTP status; 0 where no headers came.</param>
/// <param name="Bytes">Bytes of the body.</param>
internal readonly record struct LiveAnswer(int Status, long Bytes)
{
    /// <summary>The gRPC status; 0 is OK, or no gRPC.</summary>
    public int GrpcStatus { get; init; }

    /// <summary>The response flags of the sidecar, where it tells them.</summary>
    public string? Flags { get; init; }

    /// <summary>Why there is no whole answer; <c>null</c> where there is one.</summary>
    public string? Failure { get; init; }

    /// <summary>Whether the caller gave up.</summary>
    public bool GaveUp { get; init; }

    /// <summary>Whether it is a success, and came whole: as the virtual world has it.</summary>
    public bool Succeeded => Status is > 0 and < 400 && GrpcStatus == 0 && Failure is null;
}
