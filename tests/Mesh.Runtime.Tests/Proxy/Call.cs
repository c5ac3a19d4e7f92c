using Mesh.Runtime.Proxy;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Tests.Proxy;

/// <summary>One request from the caller's side: its answer, the end of its body, and when. Times are milliseconds.</summary>
internal sealed class Call(TestMesh mesh, MeshRequest request)
{
    private readonly CancellationTokenSource _caller = new();
    private Task _task = Task.CompletedTask;

    public MeshRequest Request => request;

    public ulong Key => request.Key;

    /// <summary>The answer at its headers; not valid before <see cref="AnsweredAt"/> is.</summary>
    public MeshResponse Response { get; private set; }

    /// <summary>When the headers came.</summary>
    public double? AnsweredAt { get; private set; }

    /// <summary>When the body was over.</summary>
    public double? EndedAt { get; private set; }

    /// <summary>Whether all of the body came.</summary>
    public bool Whole { get; private set; }

    public (int Status, ResponseFlags Flags, double? At) Answer => (Response.Status, Response.Flags, AnsweredAt);

    public void Start() => _task = RunAsync();

    /// <summary>The caller goes away at <paramref name="at"/>.</summary>
    public Call GivingUp(double at)
    {
        mesh.At(at, _caller.Cancel);
        return this;
    }

    public void ThrowIfFailed()
    {
        if (_task.IsFaulted) _task.GetAwaiter().GetResult();
    }

    private async Task RunAsync()
    {
        Response = await mesh.Outbound.SendAsync(request, _caller.Token);
        AnsweredAt = mesh.Now;
        Whole = await Response.End;
        EndedAt = mesh.Now;
        mesh.Loop.AssertOnThread();
    }
}
