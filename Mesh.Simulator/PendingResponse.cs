using Mesh.Runtime.Proxy;
using Mesh.Simulator.Time;

namespace Mesh.Simulator;

/// <summary>
/// Waits for the whole answer to a request sent through an outbound pipeline, body included, and then says so from the event loop,
/// never from inside the call that sent it. It allocates nothing: its two continuations are made once.
/// </summary>
internal abstract class PendingResponse : SimEvent
{
    private readonly Action _headers;
    private readonly Action _body;
    private ValueTask<MeshResponse> _response;
    private ValueTask<bool> _end;
    private bool _sending;
    private bool _finished;

    protected PendingResponse()
    {
        _headers = AtHeaders;
        _body = AtEnd;
    }

    /// <summary>The request, used again for the next call.</summary>
    protected MeshRequest Request { get; } = new() { Class = null! };

    /// <summary>Whether the answer was a success, and came whole.</summary>
    protected bool Succeeded { get; private set; }

    /// <summary>The answer is here, or will not come.</summary>
    protected abstract void Completed();

    protected void Send(EventLoop loop, OutboundPipeline outbound, CancellationToken cancellation)
    {
        _sending = true;
        _finished = false;
        _response = outbound.SendAsync(Request, cancellation);
        var awaiter = _response.GetAwaiter();
        if (awaiter.IsCompleted) AtHeaders();
        else awaiter.UnsafeOnCompleted(_headers);
        _sending = false;
        if (_finished) loop.ScheduleAfter(this, 0);
    }

    protected internal override void Fire() => Completed();

    private void AtHeaders()
    {
        var response = _response.GetAwaiter().GetResult();
        _response = default;
        Succeeded = response.Status is > 0 and < 400 && response.GrpcStatus == 0;
        if (response.Complete)
        {
            Finish();
            return;
        }
        _end = response.End;
        var awaiter = _end.GetAwaiter();
        if (awaiter.IsCompleted) AtEnd();
        else awaiter.UnsafeOnCompleted(_body);
    }

    private void AtEnd()
    {
        Succeeded &= _end.GetAwaiter().GetResult();
        _end = default;
        Finish();
    }

    private void Finish()
    {
        _finished = true;
        if (!_sending) Completed();
    }
}
