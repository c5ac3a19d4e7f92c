using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;
using static Mesh.Runtime.Telemetry.ResponseFlags;

namespace Mesh.Runtime.Tests.Proxy;

/// <summary>What the selector decides, on the way of a request.</summary>
public class SelectionTests
{
    [Fact]
    public void Panic_is_reported_when_it_begins_and_when_it_ends()
    {
        var mesh = new TestMesh(replicas: 4);
        for (int at = 0; at < 40; at += 10) mesh.Call(at);
        mesh.At(5, () => Eject(mesh, true, 0, 1, 2));
        mesh.At(25, () => Eject(mesh, false, 0, 1));
        mesh.Run();
        Assert.Equal([(10.0, 1), (30.0, 0)], mesh.Of(MeshEventKind.PanicChanged).Select(e => (e.At / (double)TimeSpan.TicksPerMillisecond, e.Outcome)));
    }

    [Fact]
    public void Without_panic_and_healthy_endpoints_the_answer_is_UH()
    {
        var mesh = new TestMesh(new() { PanicThreshold = 0 });
        mesh.Call();
        mesh.At(5, () => Eject(mesh, true, 0, 1, 2));
        var call = mesh.Call(10);
        mesh.Run();
        Assert.Equal((503, UH), (call.Response.Status, call.Response.Flags));
        Assert.Empty(mesh.Of(MeshEventKind.PanicChanged));
    }

    [Fact]
    public void Retries_go_to_endpoints_not_tried()
    {
        var mesh = new TestMesh(new() { Retries = new RetryConfig { Attempts = 2, On = RetryOn.ServerError, AvoidTried = 50 } });
        mesh.Upstream.Plays(Step.Answer(503));
        for (int at = 0; at < 20; at++) mesh.Call(1000 * at);
        mesh.Run();
        foreach (var request in mesh.Of(MeshEventKind.AttemptStarted).GroupBy(e => e.Request))
            Assert.Equal([0, 1, 2], request.Select(e => e.Endpoint).Order());
    }

    [Fact]
    public void Endpoint_that_answers_500_is_ejected_and_gets_nothing_more()
    {
        var mesh = new TestMesh(new() { OutlierDetection = new OutlierDetectionConfig { MaxEjectionPercent = 1 } });
        mesh.Upstream.Plays(Step.Answer(500));
        for (int at = 0; at < 60; at++) mesh.Call(10 * at);
        mesh.Run(until: 1000);
        Assert.Equal([0, 1, 2], mesh.Of(MeshEventKind.EndpointEjected).Select(e => e.Endpoint).Order());
        Assert.Equal(1, Assert.Single(mesh.Of(MeshEventKind.PanicChanged)).Outcome);
    }

    private static void Eject(TestMesh mesh, bool ejected, params int[] endpoints)
    {
        foreach (int id in endpoints) mesh.State.Endpoints.Health(id).Ejected = ejected;
        mesh.State.Endpoints.HealthChanged();
    }
}
