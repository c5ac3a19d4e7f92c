using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Tests.Proxy;

public class InboundPipelineTests
{
    [Fact]
    public void Request_reaches_the_application_and_both_ends_are_reported()
    {
        var mesh = new TestMesh();
        var application = new Application();
        var inbound = new InboundPipeline(mesh.Plane, new ProxyEntry(3, "payments-3", 0, ""), 12, application);
        var request = new MeshRequest { Class = new RequestClass(5, 2, "cart", "/cart"), Key = 77, Attempt = 1, BodyBytes = 40 };
        UpstreamReply? reply = null;
        mesh.At(10, () => inbound.HandleAsync(request, CancellationToken.None).AsTask().ContinueWith(t => reply = t.Result, TaskContinuationOptions.ExecuteSynchronously));
        mesh.At(20, () => request.Key = 0);   // the caller gave up and uses its request again
        mesh.At(35, () => application.Answer.SetResult(new UpstreamReply(201, ResponseFlags.None, 500, Complete: true)));
        mesh.Run(until: 50);
        Assert.Equal(201, reply!.Value.Status);
        var events = mesh.Events.Where(e => e.Kind is MeshEventKind.InboundStarted or MeshEventKind.InboundEnded).ToArray();
        Assert.All(events, e => Assert.Equal((3, 2, 5, 77UL, 1, 12), (e.Proxy, e.Service, e.Class, e.Request, e.Attempt, e.Endpoint)));
        Assert.Equal((TestMesh.Ticks(10), 40L), (events[0].At, events[0].Bytes));
        Assert.Equal((TestMesh.Ticks(35), 201, TestMesh.Ticks(25), 500L), (events[1].At, events[1].Outcome, events[1].Duration, events[1].Bytes));
    }

    [Fact]
    public void Audited_request_is_noted_whether_it_passes_or_not()
    {
        var mesh = new TestMesh();
        var inbound = new InboundPipeline(mesh.Plane, new ProxyEntry(3, "payments-3", 0, ""), 12, new Application());
        var rule = new AuthorizationRule { To = [new() { Methods = new() { Values = ["DELETE"] } }] };
        inbound.Apply(new MeshSnapshot(1, [new ServiceModel { Id = 0, Name = "payments", Endpoints = [], Policy = ServicePolicy.From(new() { Authorization = new() { Audit = [rule], Deny = [rule] } }) }]));
        int status = 0;
        mesh.At(10, () => inbound.HandleAsync(new MeshRequest { Class = new RequestClass(0, 0, "payments", "/"), Key = 7, Method = "DELETE" }, CancellationToken.None)
            .AsTask().ContinueWith(t => status = t.Result.Status, TaskContinuationOptions.ExecuteSynchronously));
        mesh.At(20, () => _ = inbound.HandleAsync(new MeshRequest { Class = new RequestClass(0, 0, "payments", "/"), Key = 8 }, CancellationToken.None));
        mesh.Run(until: 50);
        Assert.Equal(403, status);
        Assert.Equal((7UL, 12, TestMesh.Ticks(10)), mesh.Of(MeshEventKind.RequestAudited).Select(e => (e.Request, e.Endpoint, e.At)).Single());
    }

    private sealed class Application : IApplication
    {
        public TaskCompletionSource<UpstreamReply> Answer { get; } = new();

        public ValueTask<UpstreamReply> HandleAsync(MeshRequest request, CancellationToken cancellation) => new(Answer.Task);
    }
}
