using System.Globalization;
using System.IO.Hashing;
using System.IO.Pipelines;
using System.Text;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Randomness;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Mesh.Scenarios.Running.Live;

/// <summary>The HTTP side of a synthetic service: what a request's headers say to the state machine, and its answer as a response.</summary>
internal sealed class ServiceFront
{
    /// <summary>The path of its health, which no endpoint of a scenario can have.</summary>
    public const string HealthPath = "/healthz";

    private readonly LiveReplica _replica;
    private readonly KeyedRandom _random;
    private readonly PreciseTimers _timers;
    private readonly ulong _name;
    private int _unkeyed;

    /// <summary>The state machine behind it.</summary>
    public LiveReplica Replica => _replica;

    public ServiceFront(SyntheticServiceOptions options, KeyedRandom random, LiveReplicaPorts ports)
    {
        Name = options.Name;
        _random = random;
        _timers = ports.Timers;
        _name = XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(options.Name));
        _replica = new LiveReplica(options.Service, options.Version, random, ports);
    }

    /// <summary>The replica's name.</summary>
    public string Name { get; }

    public ServiceReadiness Readiness { get; set; }

    public ReplicaReading Read() => _replica.Read();

    /// <summary>Answers a request of plain HTTP.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        if (context.Request.Path == HealthPath)
        {
            await TellHealthAsync(context.Response).ConfigureAwait(false);
            return;
        }
        if (!await TakeBodyAsync(context).ConfigureAwait(false)) return;
        var reply = await _replica.HandleAsync(HeadOf(context, context.RequestAborted)).ConfigureAwait(false);
        var response = context.Response;
        response.StatusCode = reply.Status;
        Note(response, in reply);
        if (reply.GrpcStatus != 0)
        {
            response.ContentType = "application/grpc";
            response.Headers["grpc-status"] = reply.GrpcStatus.ToString(CultureInfo.InvariantCulture);
        }
        response.ContentLength = reply.Bytes;
        if (reply.Bytes == 0 || HttpMethods.IsHead(context.Request.Method)) return;
        response.ContentType = "application/octet-stream";
        await Filling.WriteAsync(response.BodyWriter, reply.Bytes, context.RequestAborted).ConfigureAwait(false);
    }

    /// <summary>Puts a request before the replica that came by another way than plain HTTP.</summary>
    /// <param name="context">Its HTTP side.</param>
    /// <param name="deadline">When its client gives up, by the wall clock; <c>null</c> takes what its headers say.</param>
    /// <param name="aborted">Cancelled when its client went away.</param>
    /// <param name="message">The message's number in a stream whose messages are requests of their own; -1 where the whole call is one.</param>
    public async Task<LiveReply> HandleAsync(HttpContext context, DateTime? deadline, CancellationToken aborted, int message = -1)
    {
        var head = HeadOf(context, aborted);
        if (message >= 0) head = head with { Key = _random.ChildKey(head.Key, head.Attempt, message) };
        if (deadline is { } until) head = head with { Deadline = _timers.Now + (until - TimeProvider.System.GetUtcNow().UtcDateTime).Ticks };
        var reply = await _replica.HandleAsync(head).ConfigureAwait(false);
        if (!context.Response.HasStarted) Note(context.Response, in reply);
        return reply;
    }

    /// <summary>The work that the request needed, as the standard header for it has it (W3C Server Timing): milliseconds.</summary>
    private static void Note(HttpResponse response, in LiveReply reply) =>
        response.Headers["server-timing"] = string.Create(CultureInfo.InvariantCulture, $"work;dur={(double)reply.DemandTicks / TimeSpan.TicksPerMillisecond:0.####}");

    private Task TellHealthAsync(HttpResponse response)
    {
        response.StatusCode = Readiness == ServiceReadiness.Ready ? 200 : 503;
        return response.WriteAsync(Readiness switch { ServiceReadiness.Ready => "ready\n", ServiceReadiness.NotReady => "not ready\n", _ => "draining\n" });
    }

    private LiveCallHead HeadOf(HttpContext context, CancellationToken aborted)
    {
        var headers = context.Request.Headers;
        string path = context.Request.Path.Value ?? "/";
        return new LiveCallHead
        {
            Path = path,
            Key = MeshHeaders.TryParse(headers[MeshHeaders.Key], out ulong key) ? key : _random.Bits(Concern.RequestKey, _name, 0, Interlocked.Increment(ref _unkeyed)),
            Attempt = int.TryParse(headers[MeshHeaders.AttemptCount], NumberStyles.None, CultureInfo.InvariantCulture, out int count) ? Math.Max(0, count - 1) : 0,
            Deadline = long.TryParse(headers[MeshHeaders.ExpectedTimeout], NumberStyles.None, CultureInfo.InvariantCulture, out long left) && left < int.MaxValue
                ? _timers.Now + (left * TimeSpan.TicksPerMillisecond) : long.MaxValue,
            PassedOn = _replica.HasScript(path) ? PassedOn(headers) : [],
            Aborted = aborted,
        };
    }

    private static List<KeyValuePair<string, string>> PassedOn(IHeaderDictionary headers)
    {
        var passed = new List<KeyValuePair<string, string>>();
        foreach (string name in MeshHeaders.PassedOn)
        {
            if (headers.TryGetValue(name, out var values) && values.ToString() is { Length: > 0 } value) passed.Add(new(name, value));
        }
        return passed;
    }

    /// <summary>Reads the request's body to its end, which is when the request has arrived; <c>false</c> when it broke off.</summary>
    private static async Task<bool> TakeBodyAsync(HttpContext context)
    {
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false }) return true;
        try
        {
            PipeReader body = context.Request.BodyReader;
            while (true)
            {
                var read = await body.ReadAsync(context.RequestAborted).ConfigureAwait(false);
                body.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted) return true;
            }
        }
        catch (Exception error) when (error is IOException or BadHttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }
}
