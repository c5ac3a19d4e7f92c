using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Conformance.Tests.Worlds;

/// <summary>Plays a behaviour over HTTP/2, as a gRPC server looks on the wire.</summary>
internal sealed class ScriptedGrpcServer(Script script, int replica) : IAsyncDisposable
{
    private const int InternalError = 2;   // RFC 9113, 7
    private const int RefusedStream = 7;
    private readonly WebApplication _host = Create();

    public async Task<int> StartAsync()
    {
        _host.Run(AnswerAsync);
        await _host.StartAsync();
        return new Uri(_host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        await context.Request.Body.CopyToAsync(Stream.Null);
        var answer = script.Next(replica);
        if (answer.End == AnswerEnd.ResetBeforeHeaders)
        {
            context.Features.Get<IHttpResetFeature>()!.Reset(answer.RefusesStream ? RefusedStream : InternalError);
            return;
        }
        context.Response.ContentType = "application/grpc";
        if (answer.GrpcHeader is { } header)
        {
            context.Response.Headers["grpc-status"] = header.ToString(CultureInfo.InvariantCulture);
            return;
        }
        await context.Response.Body.WriteAsync(new byte[answer.Bytes]);
        context.Response.AppendTrailer("grpc-status", answer.GrpcTrailer!.Value.ToString(CultureInfo.InvariantCulture));
    }

    private static WebApplication Create()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        return builder.Build();
    }
}
